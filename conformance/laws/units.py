"""Laws of units of work: all or nothing, rollback by default, visibility, locks, deadlines. It knows no nesting and no database."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

import pytest

from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion, Timeout
from kingpost.kernel.store import PLATFORM, Scope, Session, Storage, equal

from .law import Laws, law
from .specimens import Guest, Stay, but, guest, open_store, owner, same_session, stay


class Whim(Exception):
    """What a use case raises."""


class UnitLaws(Laws):
    """Units of work and sessions."""

    @law
    async def test_a_commit_shows_everything_together(self, storage: Storage) -> None:
        """Nothing of a unit is seen by another session before its commit, all of it after."""
        store = await open_store(storage)
        session = storage.session()
        inside, outside = session.store(store.scope), await same_session(storage, store)
        ada, bob = guest(owner(store), "Ada"), guest(owner(store), "Bob")
        await outside.insert(ada)
        async with session.unit(store.scope) as unit:
            await inside.replace(but(ada, name="Eve"), expected=1)
            await inside.insert(bob)
            assert await outside.get(Guest, ada.id) == ada
            assert await outside.get(Guest, bob.id) is None
            assert (await outside.find(Guest, limit=5)).items == (ada,)
            await unit.commit()
        assert [row.name for row in (await outside.find(Guest, limit=5)).items] == ["Eve", "Bob"]
        await session.close()

    @law
    async def test_a_unit_sees_its_own_changes(self, storage: Storage) -> None:
        """Get and find inside the unit, from every store of the session, answer with what the unit has inserted, replaced and removed."""
        store = await open_store(storage)
        rows = [guest(owner(store), name) for name in ("a", "c", "e", "g")]
        for row in rows:
            await store.insert(row)
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope):
            await inside.insert(guest(owner(store), "d"))
            await inside.replace(but(rows[0], name="f"), expected=1)
            await inside.remove(Guest, rows[1].id, expected=1)
            assert await inside.get(Guest, rows[1].id) is None
            for again in (inside, session.store(store.scope)):
                page = await again.find(Guest, order=("name",), limit=2)
                assert [row.name for row in page.items] == ["d", "e"]
                rest = await again.find(Guest, order=("name",), after=page.next, limit=5)
                assert [row.name for row in rest.items] == ["f", "g"]
                back = await again.find(Guest, order=("name",), descending=True, limit=3)
                assert [row.name for row in back.items] == ["g", "f", "e"]
            assert (await session.store(PLATFORM).find(Guest, where=(equal("id", rows[0].id),), limit=1)).items[0].name == "f"
        await session.close()
        assert [row.name for row in (await store.find(Guest, order=("name",), limit=9)).items] == ["a", "c", "e", "g"]

    @law
    async def test_a_unit_left_without_commit_is_rolled_back(self, storage: Storage) -> None:
        """Leaving the block by its end writes nothing."""
        store = await open_store(storage)
        row = guest(owner(store))
        session = storage.session()
        async with session.unit(store.scope):
            await session.store(store.scope).insert(row)
        await session.close()
        assert await store.get(Guest, row.id) is None

    @law
    async def test_any_base_exception_rolls_back_and_passes(self, storage: Storage) -> None:
        """Errors, interrupts, exits, cancellation and GeneratorExit leave the block unchanged and nothing behind."""
        store = await open_store(storage)
        kept = guest(owner(store), "Kept")
        await store.insert(kept)
        for kind in (Whim, KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError):
            session = storage.session()
            row = guest(owner(store), "New")
            with pytest.raises(kind):
                await _raise_inside(session, kept, row, kind())
            await session.close()
            assert await store.get(Guest, row.id) is None
            assert await store.get(Guest, kept.id) == kept

    @law
    async def test_a_request_that_is_given_up_writes_nothing(self, storage: Storage) -> None:
        """A task cancelled in the middle of its unit, or where there is no loop a coroutine closed there, leaves nothing and frees what it held."""
        store = await open_store(storage)
        row = guest(owner(store))
        session = storage.session()
        await _give_up(session, row)
        await session.close()
        assert await store.get(Guest, row.id) is None
        await store.insert(row)
        assert await store.get(Guest, row.id) == row

    @law
    async def test_a_closed_session_has_rolled_back(self, storage: Storage) -> None:
        """Closing a session with an open unit, nested too, rolls it back; closing twice and leaving the block afterwards are harmless."""
        store = await open_store(storage)
        row = guest(owner(store))
        session = storage.session()
        outer, inner = session.unit(store.scope), session.unit(store.scope)
        await outer.__aenter__()
        await session.store(store.scope).insert(row)
        await inner.__aenter__()
        await session.close()
        await session.close()
        assert await store.get(Guest, row.id) is None
        await inner.__aexit__(None, None, None)
        await outer.__aexit__(None, None, None)
        await store.insert(row)

    @law
    async def test_a_session_serves_one_unit_after_the_other(self, storage: Storage) -> None:
        """After a commit or a rollback the session goes on, inside units and outside."""
        store = await open_store(storage)
        session = storage.session()
        inside = session.store(store.scope)
        first, second, third = (guest(owner(store), name) for name in ("first", "second", "third"))
        async with session.unit(store.scope) as unit:
            await inside.insert(first)
            await unit.commit()
        async with session.unit(store.scope):
            await inside.insert(second)
        await inside.insert(third)
        assert [row.name for row in (await store.find(Guest, order=("name",), limit=5)).items] == ["first", "third"]
        await session.close()

    @law
    async def test_a_refused_call_leaves_the_unit_usable(self, storage: Storage) -> None:
        """After a Conflict, StaleVersion or NotFound that the use case catches, the unit goes on and commits the rest."""
        store = await open_store(storage)
        session = storage.session()
        inside = session.store(store.scope)
        ada = guest(owner(store), "Ada")
        async with session.unit(store.scope) as unit:
            await inside.insert(ada)
            with pytest.raises(Conflict):
                await inside.insert(guest(owner(store), "Ada"))
            with pytest.raises(Conflict):
                await inside.insert(ada)
            with pytest.raises(Conflict):
                await inside.insert(stay(owner(store), guest_id=guest(owner(store)).id))
            with pytest.raises(StaleVersion):
                await inside.replace(ada, expected=5)
            with pytest.raises(NotFound):
                await inside.remove(Stay, stay(owner(store)).id)
            await inside.insert(guest(owner(store), "Bob"))
            await unit.commit()
        await session.close()
        assert [row.name for row in (await store.find(Guest, order=("name",), limit=5)).items] == ["Ada", "Bob"]

    @law
    async def test_rules_hold_inside_a_unit_as_outside(self, storage: Storage) -> None:
        """Unique keys and references are judged on the unit's own changes: freed values may be taken, unfreed may not."""
        store = await open_store(storage)
        ada, bob = guest(owner(store), "Ada"), guest(owner(store), "Bob")
        await store.insert(ada)
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope) as unit:
            await inside.replace(but(ada, name="Eve"), expected=1)
            await inside.insert(but(bob, name="Ada"))
            visit = stay(owner(store), guest_id=bob.id)
            await inside.insert(visit)
            with pytest.raises(Conflict):
                await inside.remove(Guest, bob.id, expected=1)
            await inside.replace(but(visit, guest_id=ada.id))
            await inside.remove(Guest, bob.id, expected=1)
            with pytest.raises(Conflict):
                await inside.replace(but(visit, guest_id=bob.id))
            await inside.insert(guest(owner(store), "Ada"))
            await unit.commit()
        await session.close()
        assert sorted(row.name for row in (await store.find(Guest, limit=5)).items) == ["Ada", "Eve"]

    @law
    async def test_a_lock_needs_a_unit(self, storage: Storage) -> None:
        """Asking for a lock outside a unit is a bug, for it would be given back at once."""
        store = await open_store(storage)
        row = guest(owner(store))
        await store.insert(row)
        with pytest.raises(ConfigurationError):
            await store.get(Guest, row.id, lock=True)

    @law
    async def test_a_locked_row_reads_and_writes_in_its_unit(self, storage: Storage) -> None:
        """The holder reads, locks again and writes its row; an absent or foreign row is None, locked or not; others may read it."""
        store, other = await open_store(storage), await open_store(storage)
        row, theirs = guest(owner(store)), guest(owner(other))
        await store.insert(row)
        await other.insert(theirs)
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope) as unit:
            assert await inside.get(Guest, row.id, lock=True) == row
            assert await inside.get(Guest, row.id, lock=True) == row
            assert await inside.get(Guest, theirs.id, lock=True) is None
            assert await inside.get(Guest, "nonsense", lock=True) is None
            assert await (await same_session(storage, store)).get(Guest, row.id) == row
            await inside.replace(but(row, name="Eve"), expected=1)
            await unit.commit()
        await session.close()
        assert (await store.replace(but(row, name="Ada"), expected=2)).version == 3

    @law
    async def test_a_passed_deadline_is_a_timeout(self, storage: Storage) -> None:
        """A session whose deadline has passed refuses its calls with Timeout and writes nothing."""
        store = await open_store(storage)
        row = guest(owner(store))
        late = storage.session(deadline=-1.0)
        with pytest.raises(Timeout):
            await late.store(store.scope).insert(row)
        with pytest.raises(Timeout):
            await late.store(store.scope).get(Guest, row.id)
        with pytest.raises(Timeout):
            await late.store(store.scope).find(Guest, limit=1)
        with pytest.raises(Timeout):
            await _insert_and_wait(late, row, _no_wait)
        await late.close()
        assert await store.get(Guest, row.id) is None

    @law
    async def test_the_storage_is_in_order(self, storage: Storage) -> None:
        """A storage that has been opened for the specimens reports no fault."""
        await storage.check()


async def _raise_inside(session: Session, kept: Guest, row: Guest, error: BaseException) -> None:
    store = session.store(Scope(row.house_id))
    async with session.unit(store.scope):
        await store.insert(row)
        await store.replace(but(kept, name="Lost"), expected=1)
        async with session.unit(store.scope):
            await store.insert(guest(row.house_id, "Inner"))
            raise error


async def _give_up(session: Session, row: Guest) -> None:
    """Cancel the request's task in the middle of its unit; without a loop close its coroutine there, as a generator's owner does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        request: Coroutine[Any, Any, None] = _insert_and_wait(session, row, _suspend)
        request.send(None)
        request.close()
        return
    reached = asyncio.Event()

    async def wait_forever() -> None:
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(_insert_and_wait(session, row, wait_forever))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _insert_and_wait(session: Session, row: Guest, wait: Callable[[], Awaitable[None]]) -> None:
    scope = Scope(row.house_id)
    async with session.unit(scope) as unit:
        await session.store(scope).insert(row)
        await wait()
        await unit.commit()


async def _no_wait() -> None:
    """Go on at once."""


@coroutine
def _suspend() -> Generator[None, None, None]:
    yield
