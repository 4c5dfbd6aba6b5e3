"""Laws of ``find``: filters, total order, nulls, keyset pages and their bounds. It knows no unit of work."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.store import PLATFORM, Condition, Storage, Store, Value, at_least, at_most, equal

from .law import Laws, law
from .specimens import Guest, Mark, Mood, Rate, but, fresh_id, fresh_word, guest, mark, minutes, open_store, owner


async def _put(store: Store, field: str, values: Iterable[object]) -> list[Mark]:
    rows = [but(mark(owner(store)), **{field: value}) for value in values]
    for row in rows:
        await store.insert(row)
    return rows


async def _walk(
    store: Store, *, order: tuple[str, ...], limit: int, descending: bool = False, where: tuple[Condition, ...] = ()
) -> list[Mark]:
    """Every row, page by page."""
    rows: list[Mark] = []
    after: tuple[Value, ...] | None = None
    while True:
        page = await store.find(Mark, where=where, order=order, descending=descending, after=after, limit=limit)
        rows += page.items
        if page.next is None:
            return rows
        assert len(page.items) == limit
        after = page.next


async def _values(store: Store, field: str, *where: Condition, descending: bool = False) -> list[object]:
    page = await store.find(Mark, where=where, order=(field,), descending=descending, limit=100)
    return [getattr(row, field) for row in page.items]


ORDERED: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("text", ("", " ", "A", "B", "Z", "_", "a", "ab", "b", "é", "\uffff", "😀")),
    ("number", (-(2**63), -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 1)),
    ("flag", (False, True)),
    ("at", (minutes(-10_000_000), minutes(0), minutes(1), minutes(10_000_000))),
    ("raw", (b"", b"\0", b"\0\0", b"\x7f", b"\x80", b"\xff")),
    ("choice", ("green", "red")),
)
"""Values of each kind in the order that every store must give them."""


class FindingLaws(Laws):
    """Lists."""

    @law
    async def test_every_kind_has_one_order(self, storage: Storage) -> None:
        """Text sorts by code point, bytes by byte, false before true, numbers and instants by size; descending is the exact reverse."""
        for field, values in ORDERED:
            store = await open_store(storage)
            await _put(store, field, reversed(values))
            assert await _values(store, field) == list(values)
            assert await _values(store, field, descending=True) == list(reversed(values))

    @law
    async def test_equal_values_are_ordered_by_the_key(self, storage: Storage) -> None:
        """Where the order's values agree the key decides, in the direction of the order."""
        store = await open_store(storage)
        keys = [row.id for row in await _put(store, "number", [5] * 7)]
        ascending = await store.find(Mark, order=("number",), limit=10)
        descending = await store.find(Mark, order=("number",), descending=True, limit=10)
        assert [row.id for row in ascending.items] == sorted(keys)
        assert [row.id for row in descending.items] == sorted(keys, reverse=True)

    @law
    async def test_without_an_order_the_key_is_the_order(self, storage: Storage) -> None:
        """A find with no order walks the keys."""
        store = await open_store(storage)
        keys = [row.id for row in await _put(store, "number", (3, 1, 2))]
        page = await store.find(Mark, limit=2)
        assert ([row.id for row in page.items], page.next) == (keys[:2], (keys[1],))
        page = await store.find(Mark, after=page.next, limit=2)
        assert ([row.id for row in page.items], page.next) == (keys[2:], None)
        assert [row.id for row in (await store.find(Mark, descending=True, limit=9)).items] == keys[::-1]

    @law
    async def test_nulls_come_last_in_both_directions(self, storage: Storage) -> None:
        """Rows without a value follow all others, ascending and descending, and pages cross into them without loss."""
        for field, low, high in (("number_or_none", 1, 2), ("text_or_none", "", "b"), ("at_or_none", minutes(0), minutes(1))):
            store = await open_store(storage)
            rows = await _put(store, field, (None, high, None, low, None))
            assert await _values(store, field) == [low, high, None, None, None]
            assert await _values(store, field, descending=True) == [high, low, None, None, None]
            for limit in (1, 2, 3, 4, 5, 6):
                for descending in (False, True):
                    walked = await _walk(store, order=(field,), limit=limit, descending=descending)
                    assert sorted(row.id for row in walked) == sorted(row.id for row in rows)
                    nulls = [row.id for row in walked if getattr(row, field) is None]
                    assert [row.id for row in walked][2:] == nulls == sorted(nulls, reverse=descending)

    @law
    async def test_pages_end_exactly(self, storage: Storage) -> None:
        """Of none, one, limit - 1, limit, limit + 1 and twice the limit rows, the page is full where it can be and next is None exactly at the end."""
        limit = 3
        for number in (0, 1, limit - 1, limit, limit + 1, 2 * limit):
            store = await open_store(storage)
            rows = await _put(store, "number", range(number))
            page = await store.find(Mark, order=("number",), limit=limit)
            assert list(page.items) == rows[:limit]
            assert (page.next is None) == (number <= limit)
            assert await _walk(store, order=("number",), limit=limit) == rows

    @law
    async def test_next_is_the_last_item_s_place_in_the_order(self, storage: Storage) -> None:
        """The position holds the values of the order of the last item, the key behind them."""
        store = await open_store(storage)
        rows = await _put(store, "number", (10, 20, 30))
        page = await store.find(Mark, order=("number",), limit=2)
        assert page.next == (20, rows[1].id)
        page = await store.find(Mark, order=("number", "id"), descending=True, limit=1)
        assert page.next == (30, rows[2].id)

    @law
    async def test_pages_are_stable_while_rows_come_and_go(self, storage: Storage) -> None:
        """A row that stays is seen exactly once, whatever is inserted or removed before, behind or at the position between two pages."""
        store = await open_store(storage)
        rows = await _put(store, "number", range(0, 60, 10))
        first = await store.find(Mark, order=("number",), limit=3)
        await store.remove(Mark, rows[2].id)
        await store.remove(Mark, rows[4].id)
        await _put(store, "number", (5, 20, 35))
        rest = await store.find(Mark, order=("number",), after=first.next, limit=10)
        assert [row.number for row in first.items] == [0, 10, 20]
        assert [row.number for row in rest.items] == [20, 30, 35, 50]

    @law
    async def test_a_position_need_not_be_a_row(self, storage: Storage) -> None:
        """A position that no row has divides the list where it would stand; behind the last there is nothing."""
        store = await open_store(storage)
        await _put(store, "number", (10, 20, 30))
        for value, behind in ((5, [10, 20, 30]), (15, [20, 30]), (30, []), (99, [])):
            page = await store.find(Mark, order=("number",), after=(value, fresh_id("mrk")), limit=10)
            assert [row.number for row in page.items] == behind
            assert page.next is None
        page = await store.find(Mark, order=("number",), descending=True, after=(15, fresh_id("mrk")), limit=10)
        assert [row.number for row in page.items] == [10]

    @law
    async def test_ranges_include_or_exclude_their_ends(self, storage: Storage) -> None:
        """Each operator keeps its end exactly, two of them make an interval, and a contradiction finds nothing."""
        store = await open_store(storage)
        await _put(store, "number", (10, 20, 30, 40))
        assert await _values(store, "number", at_least("number", 20)) == [20, 30, 40]
        assert await _values(store, "number", Condition("number", "gt", 20)) == [30, 40]
        assert await _values(store, "number", at_most("number", 20)) == [10, 20]
        assert await _values(store, "number", Condition("number", "lt", 20)) == [10]
        assert await _values(store, "number", at_least("number", 20), at_most("number", 30), descending=True) == [30, 20]
        assert await _values(store, "number", at_least("number", 31), at_most("number", 29)) == []
        assert await _values(store, "number", at_least("number", 20), Condition("number", "gt", 20)) == [30, 40]

    @law
    async def test_ranges_leave_nulls_out(self, storage: Storage) -> None:
        """A row without a value is in no range, in neither direction, on no page."""
        store = await open_store(storage)
        await _put(store, "number_or_none", (None, 1, 2, None, 3))
        for descending in (False, True):
            assert set(await _values(store, "number_or_none", at_least("number_or_none", -5), descending=descending)) == {1, 2, 3}
            assert set(await _values(store, "number_or_none", at_most("number_or_none", 2), descending=descending)) == {1, 2}
            bounded = (at_least("number_or_none", 0), at_most("number_or_none", 9))
            walked = await _walk(store, order=("number_or_none",), limit=1, descending=descending, where=bounded)
            assert [row.number_or_none for row in walked] == ([3, 2, 1] if descending else [1, 2, 3])

    @law
    async def test_ranges_work_on_every_kind_and_page(self, storage: Storage) -> None:
        """A range on text, number, flag, instant, bytes, choice or key gives the values between, page by page."""
        for field, values in ORDERED:
            store = await open_store(storage)
            rows = {getattr(row, field): row for row in await _put(store, field, values)}
            low, high = values[0], values[-1]
            inner = (Condition(field, "ge", _bound(low)), Condition(field, "lt", _bound(high)))
            assert await _walk(store, order=(field,), limit=1, where=inner) == [rows[value] for value in values[:-1]]
        store = await open_store(storage)
        numbered = await _put(store, "number", range(4))
        assert await _walk(store, order=(), limit=2, where=(Condition("id", "gt", numbered[1].id),)) == numbered[2:]

    @law
    async def test_equality_is_exact(self, storage: Storage) -> None:
        """Equality finds the same code points only: no case folding, no trimming, no normalising; None means null."""
        store = await open_store(storage)
        texts = ("a", "A", "a ", "é", "e\u0301", "")
        rows = dict(zip(texts, await _put(store, "text_or_none", texts), strict=True))
        nothing = (await _put(store, "text_or_none", (None,)))[0]
        for text, row in rows.items():
            assert await _walk(store, order=(), limit=5, where=(equal("text_or_none", text),)) == [row]
        assert await _walk(store, order=(), limit=5, where=(equal("text_or_none", None),)) == [nothing]
        assert await _walk(store, order=(), limit=5, where=(equal("text_or_none", "b"),)) == []

    @law
    async def test_equality_and_order_work_together(self, storage: Storage) -> None:
        """Equal in the first fields of an index, ordered by the next: pages hold exactly the matching rows in order."""
        store = await open_store(storage)
        rows = [but(mark(owner(store)), choice=choice, number_or_none=n) for n in (3, None, 1, 2, 2) for choice in ("red", "green")]
        for row in rows:
            await store.insert(row)
        red = sorted((row for row in rows if row.choice == "red" and row.number_or_none), key=lambda row: (row.number_or_none or 0, row.id))
        walked = await _walk(store, order=("number_or_none", "text"), limit=2, where=(equal("choice", "red"),))
        assert walked[:4] == red
        assert [row.number_or_none for row in walked] == [1, 2, 2, 3, None]
        both = (equal("choice", "green"), equal("number_or_none", 2))
        assert [row.number_or_none for row in await _walk(store, order=("text",), limit=5, where=both)] == [2, 2]
        both = (equal("choice", "green"), equal("number_or_none", None))
        assert [row.number_or_none for row in await _walk(store, order=("text",), limit=5, where=both)] == [None]

    @law
    async def test_equality_with_what_no_column_holds_finds_nothing(self, storage: Storage) -> None:
        """A malformed id, a number beyond 64 bits, a NUL, a surrogate or null where there is none match no row and are no error."""
        store = await open_store(storage)
        await _put(store, "number", (1,))
        hopeless = (
            equal("id", "nonsense"),
            equal("other_id", "mrk_\0"),
            equal("number", 2**63),
            equal("text", "\0"),
            equal("text", "\ud800"),
            equal("text", None),
            equal("text", "x" * 1000),
            equal("choice", "blue"),
        )
        for condition in hopeless:
            page = await store.find(Mark, where=(condition,), limit=5)
            assert (page.items, page.next) == ((), None)

    @law
    async def test_a_list_may_ask_by_unique_key(self, storage: Storage) -> None:
        """A unique key serves as an index: equality on it finds its one row."""
        store = await open_store(storage)
        row = guest(owner(store), "Ada", badge="b", floor=4)
        await store.insert(row)
        await store.insert(guest(owner(store), "Bob", badge="b", floor=5))
        assert (await store.find(Guest, where=(equal("name", "Ada"),), limit=2)).items == (row,)
        assert (await store.find(Guest, where=(equal("floor", 4), equal("badge", "b")), limit=2)).items == (row,)

    @law
    async def test_platform_records_are_listed_by_the_platform(self, storage: Storage) -> None:
        """A list over a record without tenants has the same pages and orders."""
        store = storage.session().store(PLATFORM)
        family = fresh_word("family")
        rows = [Rate(code=fresh_word("rate"), family=family, cents=cents) for cents in (3, 1, 2)]
        for row in rows:
            await store.insert(row)
        page = await store.find(Rate, where=(equal("family", family),), order=("cents",), limit=2)
        assert [row.cents for row in page.items] == [1, 2]
        rest = await store.find(Rate, where=(equal("family", family),), order=("cents",), after=page.next, limit=2)
        assert (rest.items, rest.next) == ((rows[0],), None)

    @law
    async def test_the_limit_has_bounds(self, storage: Storage) -> None:
        """A limit from 1 to 1000 is served, any other is a bug."""
        store = await open_store(storage)
        rows = await _put(store, "number", (1, 2))
        assert len((await store.find(Mark, limit=1)).items) == 1
        assert list((await store.find(Mark, limit=1000)).items) == rows
        for limit in (0, -1, 1001, 2**63):
            with pytest.raises(ConfigurationError, match="limit"):
                await store.find(Mark, limit=limit)

    @law
    async def test_a_question_that_no_index_serves_is_a_bug(self, storage: Storage) -> None:
        """Filters and orders without a declared index, ranges off the order and unknown fields are refused, even on an empty table."""
        store = await open_store(storage)
        wrong: tuple[tuple[tuple[Condition, ...], tuple[str, ...]], ...] = (
            ((), ("essay",)),
            ((equal("essay", "x"),), ()),
            ((equal("number_or_none", 5),), ("text",)),
            ((), ("text", "number")),
            ((at_least("number", 5),), ("text",)),
            ((at_least("number", 5),), ()),
            ((), ("nonsense",)),
            ((equal("nonsense", 5),), ()),
            ((equal("text", "a"), equal("text", "b")), ()),
            ((), ("text", "text")),
        )
        for where, order in wrong:
            with pytest.raises(ConfigurationError):
                await store.find(Mark, where=where, order=order, limit=5)

    @law
    async def test_a_value_of_another_type_in_a_question_is_a_bug(self, storage: Storage) -> None:
        """A condition or a position that holds no value of its column is refused with ConfigurationError."""
        store = await open_store(storage)
        wrong = (equal("number", "5"), equal("text", 5), equal("flag", 1), equal("at", "now"), at_least("number", None))
        for condition in (*wrong, equal("at", minutes(0).replace(tzinfo=None)), at_least("number", 2**63), at_least("text", "\0")):
            with pytest.raises(ConfigurationError):
                await store.find(Mark, where=(condition,), order=() if condition.op == "eq" else (condition.field,), limit=5)
        key = fresh_id("mrk")
        positions: tuple[tuple[Value, ...], ...] = (
            (),
            (5,),
            (5, key, key),
            ("5", key),
            (None, key),
            (5, None),
            (5, "nonsense"),
            (2**63, key),
        )
        for after in positions:
            with pytest.raises(ConfigurationError):
                await store.find(Mark, order=("number",), after=after, limit=5)

    @law
    async def test_a_full_walk_of_a_mixed_table_loses_and_doubles_nothing(self, storage: Storage) -> None:
        """Over ties and nulls in several fields, every page size and direction gives one and the same sequence of all rows."""
        store = await open_store(storage)
        rows = [
            but(mark(owner(store)), choice="red", number_or_none=number, text=text, mood=Mood.LOUD)
            for number in (None, 0, 1)
            for text in ("a", "B", "a")
        ]
        for row in rows:
            await store.insert(row)
        for descending in (False, True):
            whole = await _walk(store, order=("number_or_none", "text"), limit=100, descending=descending, where=(equal("choice", "red"),))
            assert sorted(row.id for row in whole) == sorted(row.id for row in rows)
            for limit in (1, 2, 4, 8, 9):
                where = (equal("choice", "red"),)
                assert await _walk(store, order=("number_or_none", "text"), limit=limit, descending=descending, where=where) == whole
            known = [(row.number_or_none, row.text, row.id) for row in whole if row.number_or_none is not None]
            assert all((one < two) != descending for one, two in pairwise(known))


def _bound(value: object) -> Value:
    assert value is None or isinstance(value, (str, int, bool, bytes)) or hasattr(value, "tzinfo")
    return value  # type: ignore[return-value]  # narrowed above; hasattr stands for datetime
