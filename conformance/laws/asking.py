"""Laws of named queries: what joins, counts and searches find, whose rows they see, how their pages lie. It knows no language of queries."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Literal, TypeVar

import pytest
from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError, Conflict, Invalid, Timeout
from kingpost.kernel.store import PLATFORM, Asked, Storage, Store, Value

from .law import Laws, law
from .specimens import (
    Detail,
    Guest,
    GuestId,
    House,
    HouseId,
    MarkId,
    Mood,
    StayId,
    but,
    fresh_id,
    guest,
    mark,
    minutes,
    open_store,
    owner,
    stay,
)

T = TypeVar("T", bound=Struct)


class Visitor(Struct, frozen=True, kw_only=True):
    """A guest with what is counted of the stays."""

    id: GuestId
    name: str
    stays: int
    nights: int
    longest: int | None
    last_stay: StayId | None


class Named(Struct, frozen=True, kw_only=True):
    """A guest by name."""

    id: GuestId
    name: str


class Tally(Struct, frozen=True, kw_only=True):
    """All stays of a tenant, in one row."""

    stays: int
    nights: int | None


class Copied(Struct, frozen=True, kw_only=True):
    """A mark, column by column."""

    id: MarkId
    text: str
    choice: Literal["red", "green"]
    mood: Mood
    number: int
    flag: bool
    at: datetime
    raw: bytes
    note: dict[str, str]
    detail: Detail
    number_or_none: int | None
    at_or_none: datetime | None
    detail_or_none: Detail | None


class Crowd(Struct, frozen=True, kw_only=True):
    """A tenant with the number of its guests."""

    id: HouseId
    guests: int


class Questions(Struct, frozen=True, kw_only=True):
    """The queries of the laws, in the language of whoever is judged. Each is over the specimens."""

    visitors: Callable[[int], Asked[Visitor]]
    """Every guest with at least so many nights, the most nights first, then by name, then by id; ``last_stay`` has the greatest id."""
    named: Callable[[str], Asked[Named]]
    """The guests whose name contains the term, by name and id."""
    tally: Callable[[], Asked[Tally]]
    """The stays of a tenant; ``nights`` is null where there is none."""
    copied: Callable[[datetime, bool, Mood, str | None], Asked[Copied]]
    """The marks at the instant, with the flag, the mood and the id (any, where it is None); the largest ``number_or_none`` first, then by id."""
    crowds: Callable[[], Asked[Crowd]]
    """Across tenants: every house with its guests, by id."""


async def walked(store: Store, asked: Asked[T], *, limit: int) -> list[T]:
    """Every row, page by page."""
    found: list[T] = []
    after: tuple[Value, ...] | None = None
    while True:
        page = await store.ask(asked, after=after, limit=limit)
        assert len(page.items) == limit or page.next is None
        found += page.items
        after = page.next
        if after is None:
            return found


class AskingLaws(Laws):
    """Queries. A subclass names its ``questions`` and gives a fixture ``bench: Bench[Storage]`` whose storage was opened for ``SPECIMENS``."""

    questions: ClassVar[Questions]

    @law
    async def test_a_join_counts_the_tenant_s_own_rows(self, storage: Storage) -> None:
        """Joined, counted, added up and looked up: each tenant sees its own guests with their own stays, and those without any."""
        for _ in range(2):
            store = await open_store(storage)
            ada, bob, eve = await _guests(store, "Ada", "Bob", "Eve")
            stays = [await _stay(store, row, nights) for row, nights in ((ada, 2), (bob, 3), (ada, 5), (bob, 1))]
            page = await store.ask(self.questions.visitors(0), limit=10)
            assert page.items == (
                Visitor(id=ada.id, name="Ada", stays=2, nights=7, longest=5, last_stay=stays[2]),
                Visitor(id=bob.id, name="Bob", stays=2, nights=4, longest=3, last_stay=stays[3]),
                Visitor(id=eve.id, name="Eve", stays=0, nights=0, longest=None, last_stay=None),
            )
            assert page.next is None

    @law
    async def test_a_parameter_bounds_what_was_computed(self, storage: Storage) -> None:
        """A filter on a computed value is of the value; the same query takes other values each time."""
        store = await open_store(storage)
        for row, nights in zip(await _guests(store, "Ada", "Bob", "Eve"), (1, 2, 3), strict=True):
            await _stay(store, row, nights)
        for least, names in ((0, ["Eve", "Bob", "Ada"]), (2, ["Eve", "Bob"]), (3, ["Eve"]), (4, [])):
            page = await store.ask(self.questions.visitors(least), limit=10)
            assert [row.name for row in page.items] == names

    @law
    async def test_pages_lose_no_row_and_repeat_none(self, storage: Storage) -> None:
        """Pages of every size hold what one page holds, in an order over computed values in both directions, and next is None exactly at the end."""
        store = await open_store(storage)
        for row, nights in zip(await _guests(store, "b", "B", "ä", "a", "Z", "\U0001f600", "\uffee"), (2, 2, 1, 2, 1, 2, 2), strict=True):
            await _stay(store, row, nights)
        whole = (await store.ask(self.questions.visitors(0), limit=100)).items
        assert [(row.nights, row.name) for row in whole] == [
            (2, "B"), (2, "a"), (2, "b"), (2, "\uffee"), (2, "\U0001f600"), (1, "Z"), (1, "ä"),
        ]  # fmt: skip
        for limit in range(1, 9):
            assert await walked(store, self.questions.visitors(0), limit=limit) == list(whole)
        page = await store.ask(self.questions.visitors(0), limit=2)
        assert page.next == (2, "a", whole[1].id)

    @law
    async def test_nulls_are_last_on_every_page(self, storage: Storage) -> None:
        """Rows without a value follow all others, from the largest on, and pages cross into them without loss."""
        store = await open_store(storage)
        rows = [but(mark(owner(store)), number_or_none=number) for number in (None, 1, None, 3, 2, None)]
        for row in rows:
            await store.insert(row)
        expected = [rows[at].id for at in (3, 4, 1, 0, 2, 5)]
        asked = self.questions.copied(rows[0].at, False, Mood.CALM, None)
        for limit in range(1, 8):
            assert [row.id for row in await walked(store, asked, limit=limit)] == expected

    @law
    async def test_every_kind_of_value_comes_back_as_it_was_kept(self, storage: Storage) -> None:
        """Ids, text, choices, numbers, truth, instants, bytes and documents are read as the store reads them; as parameters they are found again."""
        store = await open_store(storage)
        row = but(
            mark(owner(store)),
            text="ß\n% \\ '",
            choice="green",
            mood=Mood.LOUD,
            number=-(2**63),
            flag=True,
            at=minutes(7),
            raw=b"\x00\xff",
            note={"a": "b"},
            number_or_none=2**63 - 1,
            at_or_none=minutes(8),
        )
        await store.insert(row)
        await store.insert(mark(owner(store)))
        for other in (None, row.id):
            page = await store.ask(self.questions.copied(minutes(7), True, Mood.LOUD, other), limit=5)
            assert page.items == (Copied(**{name: getattr(row, name) for name in Copied.__struct_fields__}),)
        assert (await store.ask(self.questions.copied(minutes(7), True, Mood.LOUD, fresh_id("mrk")), limit=5)).items == ()

    @law
    async def test_an_aggregate_of_nothing_is_one_row(self, storage: Storage) -> None:
        """A query without groups answers with one row for a tenant that has nothing, whatever others have."""
        full, empty = await open_store(storage), await open_store(storage)
        for nights in (2, 5):
            await full.insert(stay(owner(full), nights=nights))
        assert (await full.ask(self.questions.tally(), limit=1)).items == (Tally(stays=2, nights=7),)
        assert (await empty.ask(self.questions.tally(), limit=1)).items == (Tally(stays=0, nights=None),)

    @law
    async def test_a_search_takes_no_notice_of_case(self, storage: Storage) -> None:
        """Case is folded by Unicode's lower-case mapping; wildcards and backslashes mean themselves; marks and ligatures are what they are."""
        store = await open_store(storage)
        await _guests(store, *CORPUS)
        for term, names in SEARCHES.items():
            page = await store.ask(self.questions.named(term), limit=100)
            assert [row.name for row in page.items] == sorted(names), term

    @law
    async def test_a_query_runs_in_the_open_unit(self, storage: Storage) -> None:
        """Inside a unit a query sees what the unit has written, changed and removed, and after a rollback nothing of it."""
        store = await open_store(storage)
        ada, bob = await _guests(store, "Ada", "Bob")
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope):
            await inside.replace(but(ada, name="Eve"), expected=1)
            await inside.remove(Guest, bob.id, expected=1)
            await inside.insert(guest(owner(store), "Fay"))
            assert [row.name for row in (await inside.ask(self.questions.named(""), limit=9)).items] == ["Eve", "Fay"]
        assert [row.name for row in (await inside.ask(self.questions.named(""), limit=9)).items] == ["Ada", "Bob"]
        await session.close()

    @law
    async def test_a_refused_write_leaves_the_unit_able_to_ask(self, storage: Storage) -> None:
        """After a ``Conflict`` inside a unit a query answers as before it."""
        store = await open_store(storage)
        await _guests(store, "Ada")
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope):
            with pytest.raises(Conflict):
                await inside.insert(guest(owner(store), "Ada"))
            assert [row.name for row in (await inside.ask(self.questions.named("a"), limit=9)).items] == ["Ada"]
        await session.close()

    @law
    async def test_a_query_is_answered_in_its_own_scope(self, storage: Storage) -> None:
        """The platform's queries are refused to tenants, those of tenants to the platform; across tenants every house is there once."""
        one, two = await open_store(storage), await open_store(storage)
        await _guests(one, "Ada", "Bob")
        platform = storage.session().store(PLATFORM)
        with pytest.raises(ConfigurationError, match="platform"):
            await one.ask(self.questions.crowds(), limit=9)
        with pytest.raises(ConfigurationError, match="tenant"):
            await platform.ask(self.questions.tally(), limit=9)
        crowds = {row.id: row.guests for row in await walked(platform, self.questions.crowds(), limit=3)}
        assert (crowds[owner(one)], crowds[owner(two)]) == (2, 0)
        assert len(crowds) == len(await _houses(platform))

    @law
    async def test_what_cannot_be_asked_is_refused(self, storage: Storage) -> None:
        """A limit out of bounds, a position of another order, a value of another type and one that no column holds each say so."""
        store = await open_store(storage)
        for limit in (0, -1, 1001):
            with pytest.raises(ConfigurationError, match="limit"):
                await store.ask(self.questions.tally(), limit=limit)
        for after in ((1,), (1, "a", "gst_x"), ("1", "a", fresh_id("gst")), (None, "a", fresh_id("gst"))):
            with pytest.raises(ConfigurationError, match="position"):
                await store.ask(self.questions.visitors(0), after=after, limit=5)
        with pytest.raises(ConfigurationError, match="least"):
            await store.ask(self.questions.visitors("0"), limit=5)  # type: ignore[arg-type]  # what no checker would let through
        for term in ("\0", "a\ud800"):
            with pytest.raises(Invalid) as refused:
                await store.ask(self.questions.named(term), limit=5)
            assert [each.pointer for each in refused.value.errors] == ["/term"]

    @law
    async def test_a_session_that_is_over_answers_nothing(self, storage: Storage) -> None:
        """After its close, and after its deadline, a session refuses to ask."""
        store = await open_store(storage)
        session = storage.session()
        await session.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await session.store(store.scope).ask(self.questions.tally(), limit=1)
        late = storage.session(deadline=-1.0)
        with pytest.raises(Timeout):
            await late.store(store.scope).ask(self.questions.tally(), limit=1)


CORPUS = (
    "Ada", "ÉCOLE", "e\u0301cole", "STRASSE", "Straße", "STRA\u1e9eE", "\u0130stanbul", "ISTANBUL", "ΟΔΟΣ", "οδός", "100%", "a_b", "axb", "c\\d",
    "\\%", "\uff21wide", "\U00010400deseret", "ǅ", "ﬁne", "",
)  # fmt: skip
SEARCHES = {
    "": CORPUS,
    "aDa": ("Ada",),
    "école": ("ÉCOLE",),
    "E\u0301C": ("e\u0301cole",),
    "ecole": (),
    "strasse": ("STRASSE",),
    "STRAẞE": ("Straße", "STRA\u1e9eE"),
    "i\u0307stan": ("\u0130stanbul",),
    "istan": ("ISTANBUL",),
    "οδοσ": ("ΟΔΟΣ",),
    "ΟΔΟΣ": ("ΟΔΟΣ",),
    "ΔΌς": ("οδός",),
    "%": ("100%", "\\%"),
    "_": ("a_b",),
    "a_b": ("a_b",),
    "\\": ("c\\d", "\\%"),
    "\\%": ("\\%",),
    "\\d": ("c\\d",),
    "\uff41W": ("\uff21wide",),
    "\U00010428D": ("\U00010400deseret",),
    "ǆ": ("ǅ",),
    "fi": (),
    "' OR 1=1 --": (),
}
"""Each term with the names that hold it."""


async def _guests(store: Store, *names: str) -> list[Guest]:
    rows = [guest(owner(store), name) for name in names]
    for row in rows:
        await store.insert(row)
    return rows


async def _stay(store: Store, row: Guest, nights: int) -> str:
    made = stay(owner(store), guest_id=row.id, nights=nights)
    await store.insert(made)
    return made.id


async def _houses(platform: Store) -> list[House]:
    found, after = list[House](), None
    while True:
        page = await platform.find(House, after=after, limit=1000)
        found += page.items
        after = page.next
        if after is None:
            return found
