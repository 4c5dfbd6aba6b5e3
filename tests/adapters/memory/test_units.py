"""What the laws leave to an implementation: interleaved units, locks and threads over dictionaries. It knows the order of every step."""

import threading
from collections.abc import Callable

import pytest

from kingpost.adapters.memory import MemoryClock, MemorySession, MemoryStorage
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Guest, Stay, but, guest, open_house, stay
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion, Unavailable
from kingpost.kernel.store import PLATFORM, Scope
from tests.adapters.memory.everybody import Everybody


class Desk:
    """Two sessions of one tenant over a fresh storage, and a guest who is there."""

    def __init__(self) -> None:
        self.storage = MemoryStorage(records=SPECIMENS)
        self.house = drive(open_house(self.storage))
        self.scope = Scope(self.house)
        self.first, self.second = self.storage.session(), self.storage.session()
        self.ada = guest(self.house, "Ada")
        drive(self.first.store(self.scope).insert(self.ada))

    def names(self) -> list[str]:
        """The committed guests in order."""
        page = drive(self.storage.session().store(self.scope).find(Guest, order=("name",), limit=100))
        return [row.name for row in page.items]


class TestInterleavedUnits:
    """Two units that are open at once."""

    async def _both_replace(self, desk: Desk) -> None:
        async with desk.first.unit(desk.scope) as one, desk.second.unit(desk.scope) as two:
            await desk.first.store(desk.scope).replace(but(desk.ada, name="First"), expected=1)
            await desk.second.store(desk.scope).replace(but(desk.ada, name="Second"), expected=1)
            await two.commit()
            with pytest.raises(StaleVersion):
                await one.commit()

    def test_the_first_commit_wins(self) -> None:
        """Of two units that replace one version the second to commit is stale, and nothing of it is written."""
        desk = Desk()
        drive(self._both_replace(desk))
        assert desk.names() == ["Second"]

    def test_a_row_that_was_removed_meanwhile_is_not_found(self) -> None:
        """A unit that replaced a row which another unit then removed cannot commit."""
        desk = Desk()

        async def program() -> None:
            async with desk.first.unit(desk.scope) as one:
                await desk.first.store(desk.scope).replace(but(desk.ada, name="First"), expected=1)
                await desk.second.store(desk.scope).remove(Guest, desk.ada.id, expected=1)
                with pytest.raises(NotFound):
                    await one.commit()

        drive(program())
        assert desk.names() == []

    def test_a_value_that_was_taken_meanwhile_conflicts_at_the_commit(self) -> None:
        """Two units that insert one unique value, or one key, do not both commit."""
        desk = Desk()
        bob = guest(desk.house, "Bob")

        async def program(theirs: Guest, rule: str) -> None:
            session, other = desk.storage.session(), desk.storage.session()
            async with session.unit(desk.scope) as one:
                await session.store(desk.scope).insert(bob)
                await other.store(desk.scope).insert(theirs)
                with pytest.raises(Conflict) as refused:
                    await one.commit()
                assert refused.value.rule == rule
            await other.store(desk.scope).remove(Guest, theirs.id, expected=1)

        drive(program(guest(desk.house, "Bob"), "unique:kingpost_laws_guest:name"))
        drive(program(but(bob, name="Bobby"), "unique:kingpost_laws_guest:id"))
        assert desk.names() == ["Ada"]

    def test_a_reference_that_lost_its_row_conflicts_at_the_commit(self) -> None:
        """A unit that refers to a row which another one then removed, or removes a row that is then referred to, cannot commit."""
        desk = Desk()

        async def program() -> None:
            async with desk.first.unit(desk.scope) as one:
                await desk.first.store(desk.scope).remove(Guest, desk.ada.id, expected=1)
                await desk.second.store(desk.scope).insert(stay(desk.house, guest_id=desk.ada.id))
                with pytest.raises(Conflict):
                    await one.commit()
            bob = guest(desk.house, "Bob")
            await desk.second.store(desk.scope).insert(bob)
            async with desk.first.unit(desk.scope) as one:
                await desk.first.store(desk.scope).insert(stay(desk.house, guest_id=bob.id))
                await desk.second.store(desk.scope).remove(Guest, bob.id, expected=1)
                with pytest.raises(Conflict):
                    await one.commit()

        drive(program())
        assert desk.names() == ["Ada"]
        assert len(desk.storage.rows(Stay)) == 1

    def test_an_unversioned_row_is_the_last_commit_s(self) -> None:
        """Without a version the later commit overwrites the earlier one, as on every database."""
        desk = Desk()
        row = stay(desk.house)

        async def program() -> None:
            await desk.first.store(desk.scope).insert(row)
            async with desk.first.unit(desk.scope) as one, desk.second.unit(desk.scope) as two:
                await desk.first.store(desk.scope).replace(but(row, nights=2))
                await desk.second.store(desk.scope).replace(but(row, nights=3))
                await two.commit()
                await one.commit()

        drive(program())
        assert [kept["nights"] for kept in desk.storage.rows(Stay)] == [2]

    def test_a_committed_change_is_seen_by_an_open_unit(self) -> None:
        """READ COMMITTED: a unit reads what others have committed since it began."""
        desk = Desk()

        async def program() -> str:
            async with desk.first.unit(desk.scope):
                await desk.second.store(desk.scope).replace(but(desk.ada, name="Eve"), expected=1)
                row = await desk.first.store(desk.scope).get(Guest, desk.ada.id)
                assert row is not None
                return row.name

        assert drive(program()) == "Eve"

    def test_a_row_inserted_and_removed_in_one_unit_leaves_no_trace(self) -> None:
        """It collides with nobody at the commit."""
        desk = Desk()
        bob = guest(desk.house, "Bob")

        async def program() -> None:
            async with desk.first.unit(desk.scope) as one:
                await desk.first.store(desk.scope).insert(bob)
                await desk.first.store(desk.scope).remove(Guest, bob.id, expected=1)
                await desk.second.store(desk.scope).insert(bob)
                await one.commit()

        drive(program())
        assert desk.names() == ["Ada", "Bob"]

    def test_an_outer_unit_waits_for_its_inner_one(self) -> None:
        """Committing the outer unit while an inner one is open, or a unit twice, is a bug."""
        desk = Desk()

        async def program() -> None:
            async with desk.first.unit(desk.scope) as outer:
                async with desk.first.unit(desk.scope):
                    with pytest.raises(ConfigurationError, match="inner"):
                        await outer.commit()
                await outer.commit()
                with pytest.raises(ConfigurationError, match="over"):
                    await outer.commit()

        drive(program())

    def test_a_closed_session_takes_no_calls(self) -> None:
        """Whoever keeps a session beyond its request is told to open another."""
        desk = Desk()
        drive(desk.first.close())
        with pytest.raises(ConfigurationError, match="closed"):
            drive(desk.first.store(desk.scope).get(Guest, desk.ada.id))


class TestLocks:
    """``get(lock=True)``."""

    def test_a_second_locker_in_the_thread_cannot_wait(self) -> None:
        """While one unit holds the row, another of the same thread gets Unavailable for a lock or a write, and reads freely."""
        desk = Desk()

        async def program() -> None:
            second = desk.second.store(desk.scope)
            async with desk.first.unit(desk.scope), desk.second.unit(desk.scope):
                assert await desk.first.store(desk.scope).get(Guest, desk.ada.id, lock=True) == desk.ada
                with pytest.raises(Unavailable):
                    await second.get(Guest, desk.ada.id, lock=True)
                with pytest.raises(Unavailable):
                    await second.replace(but(desk.ada, name="Eve"), expected=1)
                with pytest.raises(Unavailable):
                    await second.remove(Guest, desk.ada.id, expected=1)
                assert await second.get(Guest, desk.ada.id) == desk.ada
            await second.replace(but(desk.ada, name="Eve"), expected=1)

        drive(program())
        assert desk.names() == ["Eve"]

    def test_a_row_that_was_written_cannot_be_locked_by_another(self) -> None:
        """A lock would have to wait for the unit that has changed the row."""
        desk = Desk()

        async def program() -> None:
            async with desk.first.unit(desk.scope), desk.second.unit(desk.scope):
                await desk.first.store(desk.scope).replace(but(desk.ada, name="Eve"), expected=1)
                with pytest.raises(Unavailable):
                    await desk.second.store(desk.scope).get(Guest, desk.ada.id, lock=True)

        drive(program())

    def test_a_rolled_back_savepoint_gives_its_locks_back(self) -> None:
        """A lock taken in an inner unit goes with it; one taken outside stays."""
        desk = Desk()
        bob = guest(desk.house, "Bob")

        async def program() -> None:
            await desk.first.store(desk.scope).insert(bob)
            first, second = desk.first.store(desk.scope), desk.second.store(desk.scope)
            async with desk.first.unit(desk.scope), desk.second.unit(desk.scope):
                await first.get(Guest, desk.ada.id, lock=True)
                async with desk.first.unit(desk.scope):
                    await first.get(Guest, desk.ada.id, lock=True)
                    await first.get(Guest, bob.id, lock=True)
                assert await second.get(Guest, bob.id, lock=True) == bob
                with pytest.raises(Unavailable):
                    await second.get(Guest, desk.ada.id, lock=True)

        drive(program())

    def test_a_wait_ends_at_the_deadline(self) -> None:
        """A thread that waits for another's lock gets Unavailable when its time is up."""
        clock = MemoryClock()
        storage = MemoryStorage(records=SPECIMENS, clock=clock)
        scope = Scope(drive(open_house(storage)))
        row = guest(scope.tenant or "")
        holder = storage.session()
        drive(holder.store(scope).insert(row))
        drive(_lock(holder, scope, row))
        clock.advance(10)
        late = storage.session(deadline=10.000_001)
        outcome = _in_a_thread(lambda: drive(_lock(late, scope, row)))
        assert isinstance(outcome, Unavailable)


class TestThreads:
    """Real threads."""

    def test_a_thread_waits_for_the_lock_of_another(self) -> None:
        """Fifty increments under a lock, from five threads, give fifty."""
        desk = Desk()
        row = stay(desk.house, nights=0)
        drive(desk.first.store(desk.scope).insert(row))

        async def increment() -> None:
            session = desk.storage.session()
            store = session.store(desk.scope)
            async with session.unit(desk.scope) as unit:
                current = await store.get(Stay, row.id, lock=True)
                assert current is not None
                await store.replace(but(current, nights=current.nights + 1))
                await unit.commit()

        threads = [threading.Thread(target=lambda: [drive(increment()) for _ in range(10)]) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [kept["nights"] for kept in desk.storage.rows(Stay)] == [50]

    def test_no_update_is_lost_between_threads(self) -> None:
        """Of ten threads that replace one version exactly one succeeds."""
        desk = Desk()
        outcomes: list[str] = []

        def replace(name: str) -> None:
            try:
                drive(desk.storage.session().store(desk.scope).replace(but(desk.ada, name=name), expected=1))
            except StaleVersion:
                outcomes.append("stale")
            else:
                outcomes.append(name)

        threads = [threading.Thread(target=replace, args=(f"t{number}",)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes)[:9] == ["stale"] * 9
        assert desk.names() == [sorted(outcomes)[9]]


class TestBackDoor:
    """What tests may ask for."""

    @pytest.mark.parametrize("port_call", ["get", "find", "ask", "insert", "replace", "remove", "unit", "commit", "check"])
    def test_a_fault_is_raised_once_and_before_anything_happens(self, port_call: str) -> None:
        """The next call of the name fails and changes nothing; the one after it works."""
        desk = Desk()

        async def program() -> None:
            await desk.storage.check()
            session = desk.storage.session()
            store = session.store(desk.scope)
            async with session.unit(desk.scope) as unit:
                await store.get(Guest, desk.ada.id)
                await store.find(Guest, limit=1)
                assert (await store.ask(Everybody(), limit=1)).items == (desk.ada,)
                bob = guest(desk.house, "Bob")
                await store.insert(bob)
                await store.replace(but(bob, name="Eve"), expected=1)
                await store.remove(Guest, desk.ada.id, expected=1)
                await unit.commit()

        desk.storage.fail_next(port_call, Unavailable("down"))
        with pytest.raises(Unavailable, match="down"):
            drive(program())
        assert desk.names() == ["Ada"]
        drive(program())
        assert desk.names() == ["Eve"]

    def test_a_fault_needs_a_port_call(self) -> None:
        """A misspelt name is refused with those that exist."""
        with pytest.raises(ConfigurationError, match="commit"):
            Desk().storage.fail_next("comit", Unavailable())

    def test_rows_are_the_committed_ones_in_order(self) -> None:
        """The dump holds plain values in the order of the keys and nothing of an open unit."""
        desk = Desk()

        async def program() -> tuple[dict[str, object], ...]:
            async with desk.first.unit(PLATFORM):
                await desk.first.store(desk.scope).insert(guest(desk.house, "Bob"))
                return desk.storage.rows(Guest)

        seen = drive(program())
        assert seen == ({"id": desk.ada.id, "house_id": desk.house, "name": "Ada", "badge": None, "floor": 0, "version": 1},)

    def test_clear_forgets_rows_and_indexes(self) -> None:
        """After clear the same rows can be inserted and listed again; with a unit open it is refused."""
        desk = Desk()
        assert desk.names() == ["Ada"]
        unit = desk.first.unit(desk.scope)
        drive(unit.__aenter__())
        with pytest.raises(ConfigurationError, match="open"):
            desk.storage.clear()
        drive(desk.first.close())
        desk.storage.clear()
        assert desk.names() == []
        assert desk.storage.rows(Guest) == ()

    def test_a_record_that_was_not_named_is_refused(self) -> None:
        """A storage opened without a record says how to mend it, and so does one without the target of a reference."""
        storage = MemoryStorage(records=(Guest,))
        with pytest.raises(ConfigurationError, match="MemoryStorage"):
            drive(storage.session().store(PLATFORM).get(Stay, "sty_x"))
        with pytest.raises(ConfigurationError, match="refers to"):
            MemoryStorage(records=(Stay,))


async def _lock(session: MemorySession, scope: Scope, row: Guest) -> None:
    await session.unit(scope).__aenter__()
    await session.store(scope).get(Guest, row.id, lock=True)


def _in_a_thread(call: Callable[[], object]) -> object:
    """What the call gives or raises in a thread of its own."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(call())
        except Unavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome[0]
