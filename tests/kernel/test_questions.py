"""Questions and rows that no store accepts, each refused before a database is asked. It knows records, and no store."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import structs

from kingpost.kernel.admission import LARGEST_PAGE, admit, can_be_key, question
from kingpost.kernel.errors import ConfigurationError, Invalid
from kingpost.kernel.store import Condition, at_least, at_most, equal
from tests.kernel.test_records import Part, Size, Spade, spade

ID = "spd_01h455vb4pex5vsknk084sn02q"
SERVED = spade()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(**changes: Any) -> Spade:
    """A row with a value of every kind."""
    sound = Spade(
        id=ID,
        owner=None,
        label="label",
        short=None,
        count=1,
        counted=1,
        sharp=True,
        made=NOW,
        digest=b"",
        size=Size.SMALL,
        state="new",
        part=Part(weight=1),
        parts=(),
        notes=None,
        marks=[],
    )
    return structs.replace(sound, **changes)


def ask(*where: Condition, order: tuple[str, ...] = (), after: tuple[Any, ...] | None = None, limit: int = 1) -> Any:
    """A question about spades."""
    return question(SERVED, where=where, order=order, after=after, limit=limit)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"limit": 0}, "limit is 0; it must be between 1 and 1000"),
        ({"limit": LARGEST_PAGE + 1}, "limit is 1001"),
        ({"where": (equal("id", ID), equal("id", ID))}, "a field is named twice"),
        ({"order": ("id", "id")}, "a field is named twice"),
        ({"where": (at_least("made", NOW),)}, "a range on 'made' needs an order that begins with it"),
        ({"where": (equal("label", "x"),)}, r"no index serves equality on \['label'\].*declare Index"),
        ({"where": (equal("lable", "x"),)}, "has no field 'lable'"),
        ({"where": (at_most("id", None),)}, "id le compares a id with NoneType"),
        ({"where": (equal("id", 7),)}, "id eq compares a id with int"),
        ({"where": (at_most("id", "nonsense"),)}, "the bound of the range on 'id' is no value that the column can hold"),
        ({"after": (ID, ID)}, "the position has 2 values and the order .* has 1"),
        ({"after": (None,)}, "the position holds no value of the column 'id'"),
        ({"after": ("nonsense",)}, "the position holds no value of the column 'id'"),
    ],
)
def test_a_wrong_question_is_a_bug_and_told_so(asked: dict[str, Any], problem: str) -> None:
    """``ConfigurationError`` names the record, what is wrong, and where it can be mended."""
    with pytest.raises(ConfigurationError, match=problem):
        ask(*asked.get("where", ()), order=asked.get("order", ()), after=asked.get("after"), limit=asked.get("limit", 1))


def test_a_question_that_no_row_can_answer_is_hopeless() -> None:
    """Null where none can be, or an id that cannot exist: nothing need be asked."""
    assert ask(equal("id", None)).hopeless
    assert ask(equal("id", "nonsense")).hopeless
    assert not ask(equal("id", ID)).hopeless
    assert not ask(at_least("id", ID), order=("id",), after=(ID,)).hopeless
    assert can_be_key(SERVED, ID)
    assert not can_be_key(SERVED, "nonsense")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "nonsense"}, "invalid-id"),
        ({"owner": ID}, "invalid-id"),
        ({"label": "a\0b"}, "unstorable"),
        ({"label": "\ud800"}, "unstorable"),
        ({"short": "x" * 10}, "too-long"),
        ({"count": 2**63}, "not-in-range"),
        ({"made": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))}, "not-in-range"),
        ({"state": "lost"}, "not-a-choice"),
        ({"notes": {"a": "b\0"}}, "unstorable"),
        ({"marks": ["text"]}, "unstorable"),
        ({"part": object()}, "unstorable"),
    ],
)
def test_a_value_that_no_store_keeps_is_invalid(changes: dict[str, Any], code: str) -> None:
    """The caller is told the field and what is wrong with it."""
    with pytest.raises(Invalid) as refused:
        admit(row(**changes))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(f"/{next(iter(changes))}", code)]


@pytest.mark.parametrize(
    "changes",
    [{"count": "1"}, {"count": True}, {"label": None}, {"made": NOW.replace(tzinfo=None)}, {"digest": "x"}, {"sharp": 1}, {"size": 5}],
)
def test_a_value_of_another_type_is_a_bug(changes: dict[str, Any]) -> None:
    """A type that the field does not declare comes from code, not from a caller."""
    with pytest.raises(ConfigurationError, match=r"holds a \w+, which is not what the field declares"):
        admit(row(**changes))


@pytest.mark.parametrize(
    "changes", [{}, {"label": "caf\u00e9 \U0001f600"}, {"made": NOW.astimezone(timezone(timedelta(hours=5)))}, {"notes": {"a": "\\u0000"}}]
)
def test_a_sound_row_is_admitted(changes: dict[str, Any]) -> None:
    """Text beyond ASCII, other time zones and a backslash before ``u0000`` do no harm."""
    assert admit(row(**changes)) is None
