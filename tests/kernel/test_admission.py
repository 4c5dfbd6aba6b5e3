"""What every store accepts, at the one place that decides it. It knows records and questions, and no store."""

from datetime import datetime
from typing import ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.conformance.laws.specimens import Guest, House, Mark, Mood, Rate, Stay, but, fresh_id, guest, mark
from kingpost.kernel.admission import admit, can_be_key, question, total_order
from kingpost.kernel.errors import ConfigurationError, Invalid
from kingpost.kernel.records import Facts, Index, Record, Retention, Unique, serves
from kingpost.kernel.store import Condition, equal

HOUSE = fresh_id("hou")


class Walk(Record, frozen=True, kw_only=True):
    """Indexes of every shape: the key inside, one field, three fields; a unique key of two."""

    facts: ClassVar[Facts] = Facts(
        component="laws",
        name="walk",
        tenant="owner",
        personal=(),
        retention=Retention("never kept"),
        unique=(Unique(("a", "b")),),
        indexes=(Index(("c", "id")), Index(("d",)), Index(("a", "c", "d"))),
    )
    id: str
    owner: str
    a: int
    b: int
    c: int
    d: int


class TestServes:
    """Which questions an index answers."""

    @pytest.mark.parametrize(
        ("fixed", "order"),
        [
            ((), ()),
            ((), ("id",)),
            ((), ("a",)),
            ((), ("a", "b")),
            ((), ("a", "b", "id")),
            ((), ("c", "id")),
            ((), ("d", "id")),
            ((), ("a", "c", "d", "id")),
            (("a",), ()),
            (("a",), ("b",)),
            (("a",), ("c", "d")),
            (("c",), ("id",)),
            (("d",), ("id",)),
            (("c", "a"), ("d",)),
            (("b", "a"), ("d", "c")),
            (("id",), ("c", "d")),
            (("owner",), ("d",)),
            (("owner", "a"), ("b",)),
        ],
    )
    def test_a_prefix_of_an_index_serves(self, fixed: tuple[str, ...], order: tuple[str, ...]) -> None:
        """Equality on the first fields, in any sequence, then the next fields or the key; one row is in any order; the tenant is free."""
        assert serves(Walk, frozenset(fixed), order)

    @pytest.mark.parametrize(
        ("fixed", "order"),
        [
            ((), ("b",)),
            ((), ("id", "c")),
            ((), ("c", "d")),
            ((), ("d", "c")),
            (("b",), ()),
            (("d",), ("c",)),
            (("c",), ("d",)),
            (("c", "d"), ()),
            (("a", "c", "d"), ("b",)),
            ((), ("owner",)),
        ],
    )
    def test_anything_else_is_refused(self, fixed: tuple[str, ...], order: tuple[str, ...]) -> None:
        """A gap, a wrong sequence or an order behind a full index has no index."""
        assert not serves(Walk, frozenset(fixed), order)
        with pytest.raises(ConfigurationError, match="Index"):
            total_order(Walk, tuple((field, "eq") for field in fixed), order)


class TestTotalOrder:
    """The order of a list."""

    def test_the_key_ends_it_once(self) -> None:
        """It is appended where the order lacks it and left where it stands."""
        assert total_order(Guest, (), ()) == ("id",)
        assert total_order(Guest, (), ("name",)) == ("name", "id")
        assert total_order(Guest, (), ("name", "id")) == ("name", "id")
        assert total_order(Rate, (), ()) == ("code",)

    def test_an_unknown_field_is_named(self) -> None:
        """The message lists the fields that exist."""
        with pytest.raises(ConfigurationError, match="nonsense"):
            total_order(Guest, (), ("nonsense",))


class TestQuestion:
    """Values of a question."""

    def test_a_hopeless_question_is_known_beforehand(self) -> None:
        """An equality that no row can satisfy is answered without a database."""
        assert question(Guest, where=(equal("id", "nonsense"),), order=(), after=None, limit=1).hopeless
        assert question(Guest, where=(equal("name", None),), order=(), after=None, limit=1).hopeless
        assert not question(Guest, where=(equal("name", "x" * 41),), order=(), after=None, limit=1).hopeless

    def test_an_enum_may_be_asked_for(self) -> None:
        """A choice is compared with its member or its text."""
        assert not question(Mark, where=(equal("choice", "red"),), order=(), after=None, limit=1).hopeless

    def test_a_json_column_cannot_be_compared(self) -> None:
        """No index and no comparison exists for a document."""
        with pytest.raises(ConfigurationError):
            question(Mark, where=(Condition("note", "eq", "x"),), order=(), after=None, limit=1)


class TestAdmit:
    """Rows."""

    @pytest.mark.parametrize("row", [House(id=HOUSE, slug="a"), guest(HOUSE), mark(HOUSE), Rate(code="", family="", cents=0)])
    def test_a_sound_row_passes(self, row: Record) -> None:
        """Nothing is raised and nothing is changed."""
        before = msgspec.to_builtins(row)
        admit(row)
        assert msgspec.to_builtins(row) == before

    def test_an_enum_member_is_no_text(self) -> None:
        """The text of a member in an Enum field is a value of another type or no choice, never silently taken."""
        admit(but(mark(HOUSE), mood=Mood.LOUD))
        with pytest.raises((ConfigurationError, Invalid)):
            admit(but(mark(HOUSE), mood="loud"))
        with pytest.raises(Invalid):
            admit(but(mark(HOUSE), choice="blue"))

    @given(st.text())
    def test_text_is_admitted_exactly_when_utf8_and_postgresql_keep_it(self, text: str) -> None:
        """Within its length, text passes unless it has a NUL or cannot be encoded."""
        try:
            keepable = "\0" not in text and len(text.encode()) >= 0
        except UnicodeEncodeError:
            keepable = False
        row = but(mark(HOUSE), essay=text, note={"k": text})
        if keepable:
            admit(row)
        else:
            with pytest.raises(Invalid):
                admit(row)

    @given(st.integers())
    def test_integers_are_admitted_exactly_within_64_bits(self, number: int) -> None:
        """The bounds are those of a signed 64-bit column."""
        row = but(mark(HOUSE), number=number)
        if -(2**63) <= number < 2**63:
            admit(row)
        else:
            with pytest.raises(Invalid):
                admit(row)

    @given(st.datetimes(timezones=st.timezones() | st.none()))
    def test_instants_need_a_zone(self, moment: datetime) -> None:
        """An aware datetime passes wherever it has a date in UTC; a naive one is a bug."""
        row = but(mark(HOUSE), at=moment)
        if moment.utcoffset() is None:
            with pytest.raises(ConfigurationError):
                admit(row)
        elif 1 < moment.year < 9999:
            admit(row)


class TestCanBeKey:
    """Keys."""

    def test_a_key_has_the_form_of_its_column(self) -> None:
        """An id of the prefix for an id column, any text within the length for a text column."""
        assert can_be_key(Stay, fresh_id("sty"))
        assert not can_be_key(Stay, fresh_id("gst"))
        assert can_be_key(Rate, "x" * 20)
        assert not can_be_key(Rate, "x" * 21)
