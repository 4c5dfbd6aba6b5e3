"""Bodies: what is read, what is malformed and what is invalid; it knows nothing of operations."""

import json
import math
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET, Struct

from kingpost.kernel import strict_json
from kingpost.kernel.bodies import body_decoder
from kingpost.kernel.errors import Invalid, KernelError, MalformedJson
from kingpost.kernel.scalars import Money
from kingpost.kernel.validation import walker
from kingpost.kernel.violations import CODES, MAX_ERRORS
from tests.kernel.wire.outcomes import outcome
from tests.kernel.wire.specimens import AN_ID, Card, Defaults, Everything, Product, Single, State, Tree

PRODUCT = b'{"sku":"tea","name":"Tea","amount":100,"currency":"EUR","stock":3,"active":true}'
EVERYTHING: dict[str, Any] = {
    "productId": AN_ID,
    "at": "2026-01-31T09:30:00Z",
    "label": "Café: \n\\ 😀",
    "price": {"amount": -5, "currency": "EUR"},
    "pay": {"kind": "transfer", "days": 30},
    "state": "open",
    "level": 2,
    "choice": 3,
    "either": True,
    "pair": [True, "x"],
    "some": ["a", "b"],
    "byName": {"a": 1},
    "tree": {"leaf": None, "kids": [{"leaf": 1, "kids": []}]},
}

read_product = body_decoder(Product)
read_everything = body_decoder(Everything)
read_single = body_decoder(Single)


def problems(read: Any, body: bytes) -> list[tuple[str, str]]:
    """Pointer and code of every error."""
    with pytest.raises(Invalid) as caught:
        read(body)
    return [(error.pointer, error.code) for error in caught.value.errors]


def reason(read: Any, body: bytes) -> object:
    """Why a body is malformed."""
    with pytest.raises(MalformedJson) as caught:
        read(body)
    return caught.value.params["reason"]


def with_member(name: str, value: object) -> bytes:
    """The full document with one member changed."""
    return json.dumps({**EVERYTHING, name: value}).encode()


def test_a_flat_body_is_read() -> None:
    """A body is read as its type, with absent optional fields left unset."""
    assert read_product(PRODUCT) == Product(sku="tea", name="Tea", amount=100, currency="EUR", stock=3, active=True)
    assert read_product(b'{"sku":"a","name":"x","amount":0,"currency":"EUR"}').stock is UNSET


@pytest.mark.parametrize(
    "body",
    [
        b'{"sku":"a","name":"a: b, c: d","amount":0,"currency":"EUR"}',
        b'{"sku":"a","name":"{[\\"]}:","amount":0,"currency":"EUR"}',
        b'{"sku":"a","name":"\\\\u0000","amount":0,"currency":"EUR"}',
        b'{"sku":"a","name":"line\\nline\\n","amount":0,"currency":"EUR"}',
        b'{"sk\\u0075":"a","name":"\\ud83d\\ude00","amount":-0,"currency":"EUR"}',
        b' {\n"sku"\t:\r"a" , "name":"x","amount":9223372036854775807,"currency":"EUR"} ',
    ],
)
def test_what_the_fast_path_cannot_prove_is_still_read(body: bytes) -> None:
    """Colons, brackets, backslashes and escaped keys are no errors; the text is stored as it was sent."""
    assert msgspec.to_builtins(read_product(body)) == json.loads(body)


def test_every_kind_of_field_is_read() -> None:
    """Nested objects, unions, maps, tuples and types that refer to themselves are read alike with raw and escaped text."""
    for ascii_only in (True, False):
        body = json.dumps(EVERYTHING, ensure_ascii=ascii_only).encode()
        assert json.loads(msgspec.json.encode(read_everything(body))) == EVERYTHING


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"size":7}',
        b'{"size":9,"marks":[]}',
        b'{"note":null}',
        b'{"note":"a:b"}',
        b'{"marks":["a","b"],"state":"shut"}',
        b'{"state":"open"}',
    ],
)
def test_defaults_are_not_mistaken_for_doubled_keys(body: bytes) -> None:
    """A field sent with its default value is read like any other."""
    value = body_decoder(Defaults)(body)
    assert json.loads(body).items() <= json.loads(msgspec.json.encode(value)).items()


@pytest.mark.parametrize(
    "read", [body_decoder(Product), body_decoder(Defaults), body_decoder(Single), body_decoder(Everything), body_decoder(Tree)]
)
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"{", "syntax"),
        (b'{"sku":"a"', "syntax"),
        (b'{"sku":"a",}', "syntax"),
        (b"{} {}", "syntax"),
        (b"{}x", "syntax"),
        (b"{'sku':1}", "syntax"),
        (b'{"note":"a\nb"}', "syntax"),
        (b'{"note":"a\x00b"}', "syntax"),
        (b'{"note":"\\x"}', "syntax"),
        (b'{"note":01}', "syntax"),
        (b'{"note":1.}', "syntax"),
        (b'{"note":.5}', "syntax"),
        (b'{"note":+1}', "syntax"),
        (b'{"note":0x1}', "syntax"),
        (b'{"note":NaN}', "syntax"),
        (b'{"note":Infinity}', "syntax"),
        (b'{"note":-Infinity}', "syntax"),
        (b'{"note":1e400}', "number-range"),
        (b'{"note":-1e400}', "number-range"),
        (b'{"note":' + b"9" * 5000 + b"}", "number-too-long"),
        (b'{"note":"a","note":"a"}', "duplicate-key"),
        (b'{"note":"a","not\\u0065":"b"}', "duplicate-key"),
        (b'{"zz":{"a":1,"a":2}}', "duplicate-key"),
        (b'{"note":"\\u0000"}', "nul-character"),
        (b'{"\\u0000":1}', "nul-character"),
        (b'{"note":"\\ud800"}', "lone-surrogate"),
        (b'{"note":"\\udc00\\ud800"}', "lone-surrogate"),
        (b'{"\\ud800":1}', "lone-surrogate"),
        (b'\xef\xbb\xbf{"note":"a"}', "byte-order-mark"),
        ('{"note":"a"}'.encode("utf-16"), "encoding"),
        (b'{"note":"\xff"}', "encoding"),
        (b'{"note":"\xed\xa0\x80"}', "encoding"),
        (b'{"note":"\xc0\x80"}', "encoding"),
        ('{"note":"a"}'.encode("utf-16-le"), "syntax"),
        (b'{"note":' + b"[" * 32 + b"]" * 32 + b"}", "too-deep"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'{"kids":[' * 20_000, "too-deep"),
    ],
)
def test_malformed_bodies_are_malformed_for_every_type(read: Any, body: bytes, why: str) -> None:
    """What is not strict JSON is 400 with its reason, whatever type is expected and whichever error the typed decoder saw first."""
    assert reason(read, body) == why


def test_thirty_two_levels_are_read() -> None:
    """The deepest permitted nesting is read, one level more is not; brackets inside text do not count."""

    def nested(levels: int) -> bytes:
        return b'{"kids":[' * (levels // 2) + b"]}" * (levels // 2)

    assert isinstance(body_decoder(Tree)(nested(32)), Tree)
    assert reason(body_decoder(Tree), nested(34)) == "too-deep"
    assert body_decoder(Single)(b'{"note":"' + b"[{" * 50 + b'"}').note == "[{" * 50


@pytest.mark.parametrize(
    "body",
    [
        b'{"sku":"a","sku":"b","name":"x","amount":0,"currency":"EUR"}',
        b'{"sku":"a","name":"x","amount":0,"currency":"EUR","stock":1,"stock":1}',
        b'{"sku":"a","name":"x:","amount":0,"currency":"EUR","currency":"EUR"}',
        b'{"sku":"a","name":"\\",\\":","amount":0,"currency":"EUR","n\\u0061me":"y"}',
    ],
)
def test_a_doubled_key_is_malformed_on_every_path(body: bytes) -> None:
    """A key given twice is 400 on the fast path and on the slow one, with equal values too."""
    assert reason(read_product, body) == "duplicate-key"


def test_doubled_keys_in_nested_objects_and_maps_are_malformed() -> None:
    """Doubling is found at every depth, and a map has each key once."""
    text = json.dumps(EVERYTHING)
    for good, doubled in (
        ('"amount": -5', '"amount": -5, "amount": 6'),
        ('"a": 1', '"a": 1, "a": 1'),
        ('"kind"', '"kind": "transfer", "kind"'),
    ):
        assert good in text
        assert reason(read_everything, text.replace(good, doubled).encode()) == "duplicate-key"


def test_all_errors_come_at_once_in_document_order() -> None:
    """Errors follow the document, then the missing fields as the type declares them."""
    body = b'{"currency":"eur","x/~y":1,"amount":"5","sku":"NO","active":1}'
    assert problems(read_product, body) == [
        ("/currency", "pattern"),
        ("/x~1~0y", "unknown-field"),
        ("/amount", "wrong-type"),
        ("/sku", "pattern"),
        ("/active", "wrong-type"),
        ("/name", "missing"),
    ]


@pytest.mark.parametrize("root", [b"[]", b"null", b'"a"', b"1", b"true", b"1.5"])
def test_another_json_type_at_the_root_is_invalid(root: bytes) -> None:
    """JSON that is no object is 422 at the root of the document."""
    assert problems(read_product, root) == [("", "wrong-type")]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (b"true", "wrong-type"),
        (b'"5"', "wrong-type"),
        (b"5.0", "wrong-type"),
        (b"1e2", "wrong-type"),
        (b"null", "wrong-type"),
        (b"9223372036854775808", "not-in-range"),
        (b"-9223372036854775809", "not-in-range"),
        (b"9" * 400, "not-in-range"),
    ],
)
def test_integers_are_strict(amount: bytes, code: str) -> None:
    """Only an integer literal within 64 bits is an integer."""
    assert problems(read_product, PRODUCT.replace(b"100", amount)) == [("/amount", code)]


@pytest.mark.parametrize(
    ("name", "value", "errors"),
    [
        ("productId", AN_ID.upper(), [("/productId", "invalid-id")]),
        ("productId", AN_ID + "\n", [("/productId", "invalid-id")]),
        ("productId", "prd_8" + AN_ID[5:], [("/productId", "invalid-id")]),
        ("productId", "ten" + AN_ID[3:], [("/productId", "invalid-id")]),
        ("productId", "01890a5d-ac96-774b-bcce-b302099a8057", [("/productId", "invalid-id")]),
        ("at", "2026-02-30T00:00:00Z", [("/at", "invalid-timestamp")]),
        ("at", "2026-01-31T09:30:00Z\n", [("/at", "invalid-timestamp")]),
        ("at", "2026-01-31", [("/at", "invalid-timestamp")]),
        ("at", 1769851800, [("/at", "wrong-type")]),
        ("label", "e\u0301", [("/label", "not-nfc")]),
        ("either", "e\u0301", [("/either", "not-nfc")]),
        ("either", 1.5, [("/either", "wrong-type")]),
        ("some", ["a", "e\u0301"], [("/some/1", "not-nfc")]),
        ("some", [], [("/some", "too-few-items")]),
        ("some", ["a"] * 4, [("/some", "too-many-items")]),
        ("byName", {"A": -1}, [("/byName/A", "pattern"), ("/byName/A", "not-in-range")]),
        ("byName", {"a\n": 1}, [("/byName/a\n", "pattern")]),
        ("byName", {"a": 1, "b": 2, "c": 3}, [("/byName", "too-many-items")]),
        ("price", {"amount": 1, "currency": "EUR\n"}, [("/price/currency", "pattern")]),
        (
            "price",
            {"currency": 5, "tax": 1},
            [("/price/currency", "wrong-type"), ("/price/tax", "unknown-field"), ("/price/amount", "missing")],
        ),
        ("pay", {}, [("/pay/kind", "missing")]),
        ("pay", {"kind": 5}, [("/pay/kind", "wrong-type")]),
        ("pay", {"kind": ["card"]}, [("/pay/kind", "wrong-type")]),
        ("pay", {"kind": "cash"}, [("/pay/kind", "not-a-choice")]),
        ("pay", {"kind": "card", "digits": "12345", "days": 5}, [("/pay/digits", "too-long"), ("/pay/days", "unknown-field")]),
        ("pay", {"digits": "😀😀😀", "kind": "card"}, [("/pay/digits", "too-short")]),
        ("pay", {"kind": "transfer", "days": 31}, [("/pay/days", "not-in-range")]),
        ("pay", {"kind": "transfer", "days": 4}, [("/pay/days", "not-a-multiple")]),
        ("state", "ajar", [("/state", "not-a-choice")]),
        ("state", 1, [("/state", "wrong-type")]),
        ("level", 3, [("/level", "not-a-choice")]),
        ("level", True, [("/level", "wrong-type")]),
        ("choice", "c", [("/choice", "not-a-choice")]),
        ("choice", 4, [("/choice", "not-a-choice")]),
        ("pair", [1], [("/pair", "too-few-items"), ("/pair/0", "wrong-type")]),
        ("pair", [True, "x", 1], [("/pair", "too-many-items")]),
        (
            "tree",
            {"kids": [{"leaf": 1}, {"leaf": "x", "kids": [0]}]},
            [("/tree/kids/1/leaf", "wrong-type"), ("/tree/kids/1/kids/0", "wrong-type")],
        ),
    ],
)
def test_each_violation_has_its_code_and_pointer(name: str, value: object, errors: list[tuple[str, str]]) -> None:
    """Every kind of violation is found where it is, with the code of the golden list."""
    assert problems(read_everything, with_member(name, value)) == errors
    assert {code for _, code in errors} <= set(CODES)


def test_facts_of_a_violation_are_in_its_params() -> None:
    """Bounds, choices and expected types are data, so that a front end can translate."""
    with pytest.raises(Invalid) as caught:
        read_everything(
            json.dumps(
                {**EVERYTHING, "state": "x", "either": 1.5, "tree": {"leaf": 2**63}, "pay": {"kind": "transfer", "days": 0}}
            ).encode()
        )
    assert {error.pointer: error.params for error in caught.value.errors} == {
        "/pay/days": {"minimum": 1, "maximum": 30},
        "/state": {"choices": ("open", "shut")},
        "/either": {"expected": ("string", "integer", "boolean", "null")},
        "/tree/leaf": {"minimum": -(2**63), "maximum": 2**63 - 1},
    }


@given(st.text(min_size=8))
def test_no_detail_echoes_a_value(text: str) -> None:
    """What people read of an error never repeats what was sent."""
    secret = f"<{text}>"
    body = json.dumps({"sku": secret, "name": secret * 40, "amount": secret, "currency": secret, "stock": secret})
    error = outcome(lambda: read_product(body.encode()))
    assert isinstance(error, KernelError)
    assert secret not in error.detail
    assert not any(secret in wrong.detail or secret in str(wrong.params) for wrong in error.errors)


def test_the_answer_does_not_grow_with_the_attack() -> None:
    """At most a hundred errors are listed, and a pointer cuts an endless key."""
    flood = json.dumps({f"x{number}": 1 for number in range(5000)}).encode()
    assert len(problems(read_product, flood)) == MAX_ERRORS
    pointers = [pointer for pointer, _ in problems(read_product, b'{"' + b"k" * 100_000 + b'":1}')]
    assert max(map(len, pointers)) < 150
    assert len(problems(body_decoder(Tree), b'{"kids":[' + b"0," * 5000 + b"0]}")) == MAX_ERRORS


@pytest.mark.parametrize("unit", [b'"\\', b'\\"', b'"', b"[", b'{"', b'{"a":', b"1", b'"a",', b"\\u0000", b"-", b"[]"])
def test_hostile_repetition_is_refused_in_linear_time(unit: bytes) -> None:
    """A hundred kilobytes of one fragment are refused at once; a scan that went back over them would not end within the test run."""
    for body in (unit * (100_000 // len(unit)), b'{"note":"' + unit * (100_000 // len(unit))):
        with pytest.raises(KernelError) as caught:
            read_everything(body)
        assert caught.value.status in (400, 422)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "open", "card", "2026-02-30T00:00:00Z", AN_ID, AN_ID + "\n", "a\n", "e\u0301", "x: {[", "😀"]) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "kind", "leaf", "kids", "amount", "currency", "/~"]), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip
NEAR = st.fixed_dictionaries({}, optional={name: st.just(value) | JUNK for name, value in EVERYTHING.items()} | {"zz": JUNK})
NEARLY_RIGHT = st.builds(lambda changes: {**EVERYTHING, **changes}, st.dictionaries(st.sampled_from([*EVERYTHING, "zz"]), JUNK, max_size=2))
BEYOND_MSGSPEC = {"invalid-timestamp", "not-nfc", "pattern", "invalid-id"}
"""What the typed decoder cannot see: meaning, and a line feed before the end of a pattern."""


@given(JUNK | NEAR | NEARLY_RIGHT)
@example(EVERYTHING)
def test_the_walker_accepts_exactly_what_the_decoder_accepts(value: object) -> None:
    """A body is read exactly when the walker finds nothing; then msgspec reads the same value, and it refuses nothing that the walker passes."""
    body = json.dumps(value).encode()
    errors = walker(Everything)(value)
    try:
        plain = msgspec.json.decode(body, type=Everything)
    except msgspec.ValidationError:
        plain = None
    if errors:
        with pytest.raises(Invalid) as caught:
            read_everything(body)
        assert caught.value.errors == errors
        assert plain is None or {error.code for error in errors} <= BEYOND_MSGSPEC
    else:
        assert plain is not None
        assert read_everything(body) == plain


@given(st.fixed_dictionaries({}, optional={"size": JUNK, "note": JUNK, "marks": JUNK, "state": JUNK, "zz": JUNK}))
def test_the_fast_path_agrees_with_the_walker(value: object) -> None:
    """For a flat type too, a body is read exactly when the walker finds nothing."""
    read, errors = body_decoder(Defaults), walker(Defaults)(value)
    for ascii_only in (True, False):
        body = json.dumps(value, ensure_ascii=ascii_only).encode()
        if errors:
            with pytest.raises(Invalid) as caught:
                read(body)
            assert caught.value.errors == errors
        else:
            assert read(body) == msgspec.json.decode(body, type=Defaults)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["note", "size", "n\\u006fte", "s\\u0069ze", "zz"]), st.sampled_from(['"a:b"', "7", "8", "null", '"\\\\"'])
        )
    )
)
def test_doubled_keys_are_found_whatever_stands_between(members: list[tuple[str, str]]) -> None:
    """A body is malformed for a doubled key exactly when two of its keys are equal after their escapes are read."""
    body = ("{" + ",".join(f'"{key}":{value}' for key, value in members) + "}").encode()
    keys = [json.loads(f'"{key}"') for key, _ in members]
    result = outcome(lambda: body_decoder(Defaults)(body))
    doubled = isinstance(result, MalformedJson) and result.params["reason"] == "duplicate-key"
    assert doubled is (len(set(keys)) < len(keys))
    assert doubled is isinstance(result, MalformedJson)


GAPS = st.sampled_from(["", "", " ", "\n", "\t", "\r", "  "])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c:", ":", "\\u0061", '\\"', ""]),
            GAPS,
            GAPS,
            st.sampled_from(["", ":", ":x", " :", '\\":', "{", "a"]),
        )
    )
)
def test_doubled_keys_are_found_whatever_the_spacing(members: list[tuple[str, str, str, str]]) -> None:
    """Gaps before colons and texts that begin with one neither hide a doubled key nor invent one."""
    body = ("{" + ",".join(f'"{key}"{before}:{after}"{value}"' for key, before, after, value in members) + "}").encode()
    keys = [json.loads(f'"{key}"') for key, _, _, _ in members]
    result = outcome(lambda: body_decoder(dict[str, str])(body))
    if len(set(keys)) < len(keys):
        assert isinstance(result, MalformedJson)
    else:
        assert result == json.loads(body)


@given(
    st.binary(max_size=60)
    | st.text(alphabet='{}[]",:0129eE.-+truefalsnl \\ud8\x00', max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_escape_as_another_error(body: bytes) -> None:
    """Whatever is sent, the answer is a value, 400 or 422; what the standard parser refuses is 400."""
    try:
        json.loads(body.decode())
        well_formed = True
    except ValueError:
        well_formed = False
    for read in (read_product, read_everything, read_single):
        result = outcome(partial(read, body))
        assert well_formed or isinstance(result, MalformedJson)
        assert not isinstance(result, Invalid) or result.errors


@given(st.data())
def test_every_truncation_is_malformed(data: st.DataObject) -> None:
    """A body cut anywhere before its end is 400, never 422."""
    body = json.dumps(EVERYTHING, ensure_ascii=False).encode()
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    with pytest.raises(MalformedJson):
        read_everything(cut)


@given(JUNK)
def test_strict_json_reads_what_the_standard_parser_reads(value: object) -> None:
    """Plain values come out as they went in, and keys are counted right on the way."""
    body = json.dumps(value).encode()
    assert strict_json.parse(body) == value
    assert strict_json.count_keys(body) == strict_json.count_members(value)
    assert not strict_json.has_doubled_key(body, strict_json.count_members(value))


def test_a_type_may_be_tagged_or_recursive_at_the_root() -> None:
    """A tagged Struct and a type that refers to itself are read at the root, with and without their tag."""
    read = body_decoder(Card)
    assert read(b'{"kind":"card","digits":"1234"}') == read(b'{"digits":"1234"}') == Card(digits="1234")
    assert reason(read, b'{"kind":"card","kind":"card","digits":"1234"}') == "duplicate-key"
    assert problems(read, b'{"kind":"transfer","digits":"1234"}') == [("/kind", "not-a-choice")]
    assert body_decoder(Tree)(b'{"kids":[{"leaf":1}]}') == Tree(kids=(Tree(leaf=1),))


def test_other_roots_than_structs_are_read() -> None:
    """A list, a map, a choice and null may be the whole body."""
    assert body_decoder(tuple[Money, ...])(b'[{"amount":1,"currency":"EUR"}]') == (Money(amount=1, currency="EUR"),)
    assert body_decoder(dict[str, bool])(b'{"a":true}') == {"a": True}
    assert body_decoder(State)(b'"shut"') is State.SHUT
    assert body_decoder(type(None))(b"null") is None
    assert problems(body_decoder(type(None)), b"0") == [("", "wrong-type")]


def test_the_golden_list_of_codes() -> None:
    """The codes that reading a request can give are fixed: clients rely on them."""
    assert sorted(CODES) == [
        "invalid-id", "invalid-timestamp", "missing", "not-a-choice", "not-a-multiple", "not-in-range", "not-nfc", "pattern", "repeated-parameter",
        "too-few-items", "too-long", "too-many-items", "too-short", "unknown-field", "unknown-parameter", "wrong-type",
    ]  # fmt: skip


def test_numbers_that_fit_a_double_are_numbers() -> None:
    """A finite fraction is well-formed JSON, and of the wrong type everywhere on the wire."""
    assert strict_json.parse(b"[1.5,1e300,-0.0]") == [1.5, 1e300, -0.0]
    assert math.isfinite(1e300)


class Holder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A map whose values need meaning, so that semantics are found inside containers."""

    by_day: dict[str, tuple[Money, ...]]
    names: tuple[Single, ...] = ()


def test_constraints_hold_inside_containers_of_containers() -> None:
    """A violation three containers down has its full pointer."""
    body = b'{"by_day":{"mon":[{"amount":1,"currency":"EUR"},{"amount":1,"currency":"EUR\\n"}]},"names":[{"note":1}]}'
    assert problems(body_decoder(Holder), body) == [("/by_day/mon/1/currency", "pattern"), ("/names/0/note", "wrong-type")]
