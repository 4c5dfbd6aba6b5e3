"""The player bites: each thing that a case can demand, and each law that holds for every answer, fails on an answer that breaks it. It plays on answers it invents."""

from datetime import datetime

import msgspec
import pytest

from kingpost.conformance.cases.case import Case, Expect, Step
from kingpost.conformance.cases.player import play
from kingpost.conformance.target import BackDoor, Capability, Exchange, Reply

GENERAL = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"Authorization, Tenant, API-Version"),
    (b"request-id", b"http.played"),
)
PAGE = {"items": [{"label": "A", "rank": 1}, {"label": "B", "rank": 2}], "next_cursor": None, "ready": True, "at": "2026-11-01"}
WORLD = {"a.key": "kp_t_a", "b.key": "kp_t_b", "a.id": "ten_a"}


def answer(body: object = PAGE, status: int = 200, **headers: str | None) -> Reply:
    """An answer that keeps every general law, with these headers in addition; None takes one away."""
    lines = {**dict(GENERAL), b"content-type": b"application/json", b"etag": b'"a-1"'}
    lines |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items() if value is not None}
    kept = tuple(line for line in lines.items() if headers.get(line[0].decode().replace("-", "_"), "") is not None)
    return Reply(status=status, headers=kept, body=body if isinstance(body, bytes) else msgspec.json.encode(body))


def problem(**changes: object) -> dict[str, object]:
    """A problem document; None takes a member away."""
    told = {"type": "/problems/invalid", "title": "t", "status": 422, "detail": "d", "code": "invalid", "request_id": "http.played"}
    errors = [{"pointer": "/x", "code": "missing"}, {"pointer": "/y", "code": "too-long"}]
    return {name: value for name, value in (told | {"errors": errors} | changes).items() if value is not None}


def refusal(
    status: int = 422, *, cache_control: str = "no-store", content_type: str = "application/problem+json", **changes: object
) -> Reply:
    """The answer with a problem document."""
    return answer(problem(**changes), status, cache_control=cache_control, content_type=content_type)


class Scripted:
    """A target that gives the answers it was told, whatever it is asked."""

    name = "scripted"
    capabilities = frozenset[Capability]()
    door: BackDoor | None = None

    def __init__(self, *answers: Reply) -> None:
        self._answers = list(answers)
        self.asked: list[Exchange] = []

    def send(self, exchange: Exchange) -> Reply:
        """The next answer."""
        self.asked.append(exchange)
        return self._answers.pop(0)

    def reset(self, *, seed: int, now: datetime) -> str:
        """Nothing is kept."""
        return ""

    def close(self) -> None:
        """Nothing is open."""


def judged(*answers: Reply, steps: tuple[Step, ...]) -> None:
    """Play the steps on a target that gives these answers."""
    play(Case(id="http.played", law="What was demanded holds.", steps=steps), Scripted(*answers), WORLD)


KEPT = Expect(
    status=200,
    headers={"etag": '"a-1"'},
    absent=("link",),
    fields={"items/1/label": "B", "next_cursor": None, "ready": True},
    matches={"at": "[0-9-]+"},
    members=("at", "ready", "next_cursor", "items"),
    listed={"label": ("A", "B")},
    found={"rank": (2, 1)},
    without=("<a.id>", "C"),
    holds=('"rank":1',),
)


def test_an_answer_that_keeps_everything_passes() -> None:
    """Every demand at once is met by the answer that meets each."""
    judged(answer(), steps=(Step(expect=KEPT),))
    judged(refusal(), steps=(Step(expect=Expect(status=422, code="invalid", pointers=("/x", "/y"), reasons=("missing", "too-long"))),))


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (Expect(status=201), "status 200, expected 201"),
        (Expect(status=200, headers={"etag": '"a-2"'}), "etag: "),
        (Expect(status=200, headers={"link": "x"}), "link: None"),
        (Expect(status=200, absent=("etag",)), "etag is sent"),
        (Expect(status=200, code="invalid"), "code None"),
        (Expect(status=200, fields={"items/1/label": "A"}), "items/1/label is 'B'"),
        (Expect(status=200, fields={"items/2/label": "C"}), "items/2/label is"),
        (Expect(status=200, fields={"nothing": None}), "nothing is"),
        (Expect(status=200, fields={"ready": 1}), "ready is True, expected 1"),
        (Expect(status=200, matches={"at": "[0-9]+"}), "at is '2026-11-01'"),
        (Expect(status=200, matches={"ready": ".*"}), "ready is True"),
        (Expect(status=200, members=("items",)), "the members are"),
        (Expect(status=200, listed={"label": ("B", "A")}), "the items have label"),
        (Expect(status=200, listed={"label": ("A",)}), "the items have label"),
        (Expect(status=200, found={"label": ("A", "A")}), "the items have label"),
        (Expect(status=200, without=('"rank"',)), "the reply holds"),
        (Expect(status=200, holds=("<a.id>",)), "the body does not hold 'ten_a'"),
        (Expect(status=200, body=b"{}"), "expected the body"),
        (Expect(status=200, pointers=("/x",)), "the errors have pointer"),
        (Expect(status=200, reasons=("missing",)), "the errors have code"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_each_demand_fails_where_it_is_not_met(expect: Expect, told: str) -> None:
    """An answer that breaks the demand is an AssertionError with the law, the difference and a curl script."""
    with pytest.raises(AssertionError) as caught:
        judged(answer(), steps=(Step(expect=expect),))
    assert told in str(caught.value)
    assert "http.played on scripted: What was demanded holds." in str(caught.value)
    assert "curl -i --path-as-is -X GET" in str(caught.value)


@pytest.mark.parametrize(
    ("broken", "status", "told"),
    [
        (answer(x_content_type_options=None), 200, "x-content-type-options"),
        (answer(x_frame_options="SAMEORIGIN"), 200, "x-frame-options"),
        (answer(referrer_policy=None), 200, "referrer-policy"),
        (answer(cross_origin_resource_policy=None), 200, "cross-origin-resource-policy"),
        (answer(vary="Authorization"), 200, "vary"),
        (answer(vary=None), 200, "vary"),
        (answer(set_cookie="a=b"), 200, "set-cookie is sent"),
        (answer(content_encoding="gzip"), 200, "content-encoding is sent"),
        (answer(request_id=None), 200, "no single Request-Id"),
        (answer(request_id="another"), 200, "the Request-Id is not the caller's"),
        (answer(b"", 301, location="/"), 301, "a redirect"),
        (answer({"note": "canary-of-b"}), 200, "canary-of-b"),
        (answer({"note": "SELECT secret_of_the_inside"}), 200, "the inside shows"),
        (answer(b"{broken"), 200, "the body is no JSON"),
        (answer({}, 204), 204, "a body where none may be"),
        (refusal(cache_control="private"), 422, "an error may be cached"),
        (refusal(content_type="application/json"), 422, "content-type"),
        (refusal(status=400), 400, "the problem does not hold"),
        (refusal(type="about:blank"), 422, "the problem does not hold"),
        (refusal(request_id="another"), 422, "the problem does not hold"),
        (refusal(detail=None), 422, "the problem has the members"),
        (refusal(trace="x"), 422, "the problem has the members"),
        (refusal(title=""), 422, "no title"),
        (refusal(errors=None), 422, "errors belong to"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_each_law_of_every_answer_fails_where_it_is_broken(broken: Reply, status: int, told: str) -> None:
    """What holds for every answer is demanded of each, whatever the case says."""
    with pytest.raises(AssertionError, match=told):
        judged(broken, steps=(Step(expect=Expect(status=status)),))


def test_b_may_see_its_canary() -> None:
    """The canary is looked for in what others are shown, not in what B is."""
    judged(answer({"note": "canary-of-b"}), steps=(Step(key="b.key", expect=Expect(status=200)),))


@pytest.mark.parametrize(
    "second",
    [answer({"items": []}), answer(PAGE, 202), answer(etag='"a-2"'), answer(link="x")],
    ids=["body", "status", "header", "more"],
)
def test_two_answers_that_differ_are_told_apart(second: Reply) -> None:
    """``same_as`` compares status, headers and body."""
    steps = (Step(expect=Expect(status=200)), Step(expect=Expect(status=second.status, same_as=0)))
    with pytest.raises(AssertionError, match="differs from the reply of step 0"):
        judged(answer(), second, steps=steps)


def test_what_the_server_adds_is_not_compared() -> None:
    """Date, Server and framing may differ between two equal answers."""
    steps = (Step(expect=Expect(status=200)), Step(expect=Expect(status=200, same_as=0)))
    judged(answer(date="Sun, 01 Nov 2026", server="x"), answer(date="Mon, 02 Nov 2026", connection="close"), steps=steps)


def test_two_bodies_are_compared_alone() -> None:
    """``body_of`` compares the body, whatever the headers are."""
    steps = (Step(expect=Expect(status=200)), Step(expect=Expect(status=200, body_of=0)))
    judged(answer(), answer(etag='"a-2"'), steps=steps)
    with pytest.raises(AssertionError, match="the body differs from that of step 0"):
        judged(answer(), answer({"items": []}), steps=steps)


def test_head_has_the_headers_of_get() -> None:
    """``headers_of`` compares the headers and not the body."""
    steps = (Step(expect=Expect(status=200)), Step(method="HEAD", expect=Expect(status=200, headers_of=0)))
    judged(answer(), answer(b""), steps=steps)
    with pytest.raises(AssertionError, match="the headers differ"):
        judged(answer(), answer(b"", etag=None), steps=steps)


def test_values_are_carried_from_step_to_step() -> None:
    """What was saved from a header, a link or the body stands in later targets, headers and bodies."""
    target = Scripted(answer(link='</next?x=1>; rel="next"'), answer())
    saved = {"etag": "header:etag", "link": "link:next", "label": "json:items/1/label"}
    steps = (
        Step(expect=Expect(status=200), save=saved),
        Step(method="POST", target="<link>", body=b'"<label>"', headers=(("if-match", "<etag>"),), expect=Expect(status=200)),
    )
    play(Case(id="http.played", law="Values are carried.", steps=steps), target, WORLD)
    assert (target.asked[1].target, target.asked[1].body) == (b"/next?x=1", b'"B"')
    assert (b"if-match", b'"a-1"') in target.asked[1].headers


@pytest.mark.parametrize("place", ["header:location", "link:next", "json:items/9/label", "json:nothing", "json:next_cursor"])
def test_what_cannot_be_saved_is_a_broken_law(place: str) -> None:
    """A value that a later step needs and that is not there is a failure of the target, not of the kit."""
    with pytest.raises(AssertionError, match="there is no"):
        judged(answer(), steps=(Step(expect=Expect(status=200), save={"it": place}),))
