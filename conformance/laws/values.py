"""Laws of what columns hold: every kind comes back exactly, and what one database could not keep is refused by all. It knows no query."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kingpost.kernel.errors import ConfigurationError, Invalid
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage, Store

from .law import Laws, law
from .specimens import EPOCH, Detail, Guest, Mark, Mood, but, fresh_id, guest, mark, open_store, owner


async def _round_trip(store: Store, row: Mark) -> Mark | None:
    """Insert the row, then write it again by replace; what a get gives after both, which must be the same."""
    await store.insert(row)
    inserted = await store.get(Mark, row.id)
    await store.replace(row)
    assert await store.get(Mark, row.id) == inserted
    return inserted


async def _refused(store: Store, row: Record, code: str) -> None:
    """Insert is refused with one error of this code, and no row is there afterwards."""
    with pytest.raises(Invalid) as refused:
        await store.insert(row)
    assert [error.code for error in refused.value.errors] == [code]


class ValueLaws(Laws):
    """Kinds of columns and their bounds."""

    @law
    async def test_every_kind_comes_back_exactly(self, storage: Storage) -> None:
        """A row with a value in every column, and one with every null, come back equal, types included."""
        store = await open_store(storage)
        full = but(
            mark(owner(store)),
            other_id=fresh_id("oth"),
            text="Text",
            essay="Essay",
            choice="green",
            mood=Mood.LOUD,
            number=-5,
            flag=True,
            raw=b"\x00\xff",
            note={"k": "v"},
            detail=Detail(at=EPOCH, sizes=(1, 2), ratio=0.1, more={"x": "y"}),
            tags=("b", "a"),
            text_or_none="",
            number_or_none=0,
            at_or_none=EPOCH,
            detail_or_none=Detail(at=EPOCH),
            raw_or_none=b"",
        )
        empty = mark(owner(store))
        assert await _round_trip(store, full) == full
        assert await _round_trip(store, empty) == empty
        found = await store.get(Mark, full.id)
        assert found is not None
        assert [type(value) for value in (found.mood, found.flag, found.detail, found.tags, found.raw)] == [
            Mood,
            bool,
            Detail,
            tuple,
            bytes,
        ]

    @law
    async def test_an_instant_keeps_its_microseconds_and_comes_back_in_utc(self, storage: Storage) -> None:
        """An instant of any zone and year is the same instant afterwards, to the microsecond, with the zone UTC."""
        store = await open_store(storage)
        east, west = timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))
        moments = (
            EPOCH,
            datetime(2026, 3, 29, 2, 30, 0, 1, east),
            datetime(2026, 12, 31, 23, 59, 59, 999999, west),
            datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(1, 1, 2, tzinfo=UTC),
            datetime(1883, 11, 18, 12, 3, 58, tzinfo=UTC),
            datetime(9999, 12, 30, 23, 59, 59, 999999, UTC),
        )
        for moment in moments:
            kept = await _round_trip(store, but(mark(owner(store)), at=moment, at_or_none=moment))
            assert kept is not None
            assert (kept.at, kept.at.tzinfo) == (moment, UTC)
            assert (kept.at_or_none, kept.at_or_none and kept.at_or_none.tzinfo) == (moment, UTC)

    @law
    async def test_a_naive_instant_is_a_bug(self, storage: Storage) -> None:
        """A datetime without a zone is refused with ConfigurationError, for nobody knows which instant it is."""
        store = await open_store(storage)
        naive = EPOCH.replace(tzinfo=None)
        row = but(mark(owner(store)), at=naive)
        with pytest.raises(ConfigurationError, match="at"):
            await store.insert(row)
        assert await store.get(Mark, row.id) is None

    @law
    async def test_an_instant_beyond_the_calendar_is_refused(self, storage: Storage) -> None:
        """An instant that has no date in UTC is Invalid, not an overflow."""
        store = await open_store(storage)
        await _refused(store, but(mark(owner(store)), at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))), "not-in-range")
        await _refused(store, but(mark(owner(store)), at=datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))), "not-in-range")

    @law
    async def test_an_integer_has_64_bits(self, storage: Storage) -> None:
        """Both ends of the signed 64-bit range are kept; one beyond either end is Invalid."""
        store = await open_store(storage)
        for number in (2**63 - 1, -(2**63), 2**53 + 1, 0, -1):
            row = but(mark(owner(store)), number=number, number_or_none=number)
            assert await _round_trip(store, row) == row
        for number in (2**63, -(2**63) - 1, 2**200):
            await _refused(store, but(mark(owner(store)), number=number), "not-in-range")

    @law
    async def test_text_is_kept_code_point_by_code_point(self, storage: Storage) -> None:
        """Case, spaces, line ends, quotes, combining marks and characters beyond the basic plane are neither folded nor normalised."""
        store = await open_store(storage)
        texts = (
            "",
            " a ",
            "A",
            "ß",
            "é",
            "e\u0301",
            "\u00c5",
            "\u212b",
            "\r\n\t",
            "'\"\\%_",
            "😀",
            "\u200b",
            "\x01",
            "\x7f",
            "\ufeff",
            "\uffff",
            "%s ? :a $1 {}",
        )
        for text in texts:
            row = but(mark(owner(store)), text=text, essay=text, text_or_none=text, note={text: text}, tags=(text,))
            assert await _round_trip(store, row) == row

    @law
    async def test_length_counts_characters(self, storage: Storage) -> None:
        """A text of exactly the declared length is kept, in code points and not in bytes; one more is Invalid with the maximum."""
        store = await open_store(storage)
        for letter in ("a", "é", "😀"):
            row = but(mark(owner(store)), text=letter * 60)
            assert await _round_trip(store, row) == row
            with pytest.raises(Invalid) as refused:
                await store.insert(but(mark(owner(store)), text=letter * 61))
            assert [(error.pointer, error.code, error.params) for error in refused.value.errors] == [("/text", "too-long", {"maximum": 60})]

    @law
    async def test_text_without_a_declared_length_is_long(self, storage: Storage) -> None:
        """A field without a length keeps a hundred thousand characters."""
        store = await open_store(storage)
        row = but(mark(owner(store)), essay="é" * 100_000)
        assert await _round_trip(store, row) == row

    @law
    async def test_a_nul_or_a_lone_surrogate_is_refused_in_text_and_in_json(self, storage: Storage) -> None:
        """What one database cannot keep is Invalid in all of them, and a backslash before ``u0000`` is no NUL."""
        store = await open_store(storage)
        for bad in ("\0", "a\0b", "\ud800", "a\udfff"):
            await _refused(store, but(mark(owner(store)), text=bad), "unstorable")
            await _refused(store, but(mark(owner(store)), essay=bad), "unstorable")
            await _refused(store, but(mark(owner(store)), note={"k": bad}), "unstorable")
            await _refused(store, but(mark(owner(store)), tags=(bad,)), "unstorable")
        row = but(mark(owner(store)), note={"\\u0000": "\\\\u0000"}, tags=("\\", "\\u0000"))
        assert await _round_trip(store, row) == row

    @law
    async def test_everything_wrong_with_a_row_is_listed(self, storage: Storage) -> None:
        """The refusal names every field that cannot be kept, and replace refuses as insert does."""
        store = await open_store(storage)
        kept = mark(owner(store))
        await store.insert(kept)
        with pytest.raises(Invalid) as refused:
            await store.replace(but(kept, text="x" * 61, number=2**63, essay="\0", other_id="oth_nonsense"))
        assert sorted((error.pointer, error.code) for error in refused.value.errors) == [
            ("/essay", "unstorable"),
            ("/number", "not-in-range"),
            ("/other_id", "invalid-id"),
            ("/text", "too-long"),
        ]
        assert await store.get(Mark, kept.id) == kept

    @law
    async def test_a_value_of_another_type_is_a_bug(self, storage: Storage) -> None:
        """A field that holds what its annotation rules out is refused with ConfigurationError that names the field."""
        store = await open_store(storage)
        wrong: tuple[tuple[str, object], ...] = (
            ("number", True),
            ("number", 1.0),
            ("flag", 1),
            ("text", None),
            ("text", b"x"),
            ("raw", "x"),
            ("at", "2026-01-01"),
            ("other_id", 5),
        )
        for field, value in wrong:
            with pytest.raises(ConfigurationError, match=field):
                await store.insert(but(mark(owner(store)), **{field: value}))

    @law
    async def test_an_id_has_the_prefix_of_its_field(self, storage: Storage) -> None:
        """An id of another kind, in upper case or cut short is Invalid, as key and as plain field."""
        store = await open_store(storage)
        good = fresh_id("gst")
        for bad in (good.replace("gst", "hou"), good.upper(), good[:-1], good[4:], f"gst_8{good[5:]}", f"{good}\n", ""):
            await _refused(store, but(guest(owner(store)), id=bad), "invalid-id")

    @law
    async def test_bytes_are_kept_one_by_one(self, storage: Storage) -> None:
        """All 256 values, and none at all, come back."""
        store = await open_store(storage)
        for raw in (b"", b"\0", bytes(range(256)), b"\xff" * 5000):
            row = but(mark(owner(store)), raw_or_none=raw)
            assert await _round_trip(store, row) == row

    @law
    async def test_json_comes_back_as_the_declared_type(self, storage: Storage) -> None:
        """Structs, tuples, nested dictionaries, instants and numbers in JSON are what they were, not bare dictionaries and lists."""
        store = await open_store(storage)
        details = (
            Detail(at=EPOCH, sizes=(2**63 - 1, -(2**63), 0), ratio=1e300),
            Detail(at=EPOCH, ratio=-0.1, more={"": "", "b": "1", "a": "2", "é😀": "\n\"'\\"}),
            Detail(at=EPOCH, ratio=1.0),
            Detail(at=EPOCH, ratio=5e-324),
        )
        for detail in details:
            row = but(mark(owner(store)), detail=detail, detail_or_none=detail, note=detail.more)
            kept = await _round_trip(store, row)
            assert kept == row
            assert kept is not None
            assert type(kept.detail.ratio) is float

    @law
    async def test_json_that_does_not_read_back_is_refused(self, storage: Storage) -> None:
        """A document that its declared type would not accept, a number without a JSON form among them, is refused when it is written."""
        store = await open_store(storage)
        await _refused(store, but(mark(owner(store)), detail=Detail(at=EPOCH, ratio=float("nan"))), "unstorable")
        await _refused(store, but(mark(owner(store)), note={"k": 5}), "unstorable")

    @law
    async def test_defaults_of_a_field_are_not_guessed(self, storage: Storage) -> None:
        """An empty text, a zero, false and empty bytes stay themselves and do not become null."""
        store = await open_store(storage)
        row = but(guest(owner(store)), badge="", floor=0)
        await store.insert(row)
        assert await store.get(Guest, row.id) == row
