"""Laws of claims: what is due goes to one worker, for a time, and whoever is late can no longer write. It knows no worker and no clock."""

from datetime import UTC, datetime, timedelta

import pytest

from kingpost.kernel.errors import ConfigurationError, StaleVersion
from kingpost.kernel.store import PLATFORM, Scope, Session, Storage, Store

from .law import Laws, law
from .specimens import Chore, Guest, but, chore, open_store, owner

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2201, 1, 1, tzinfo=UTC)


async def _claimed(storage: Storage, scope: Scope, *, seconds: float = 60.0, limit: int = 10) -> tuple[Chore, ...]:
    """What a worker of its own gets, and commits."""
    session = storage.session()
    try:
        async with session.unit(scope) as unit:
            taken = await session.store(scope).claim(Chore, seconds=seconds, limit=limit)
            await unit.commit()
            return taken
    finally:
        await session.close()


async def _due(store: Store, *, days: int = 0) -> Chore:
    row = chore(owner(store), due_at=LONG_AGO + timedelta(days=days))
    await store.insert(row)
    return row


class ClaimLaws(Laws):
    """Claims of rows that are due."""

    @law
    async def test_a_claim_counts_the_attempt_and_the_version_and_moves_the_due_instant(self, storage: Storage) -> None:
        """What it returns is what is kept: the same row with one more attempt, the next version, and a later instant."""
        store = await open_store(storage)
        row = await _due(store)
        (taken,) = await _claimed(storage, store.scope)
        assert taken == but(row, attempts=1, version=2, due_at=taken.due_at)
        assert taken.due_at is not None
        assert taken.due_at > LONG_AGO
        assert await store.get(Chore, row.id) == taken

    @law
    async def test_a_claim_lasts_as_long_as_it_says(self, storage: Storage) -> None:
        """Two claims, one after the other, end as far from each other as their lengths differ."""
        store = await open_store(storage)
        await _due(store)
        (short,) = await _claimed(storage, store.scope, seconds=1_000)
        await _due(store)
        (long,) = await _claimed(storage, store.scope, seconds=8_200)
        assert short.due_at is not None
        assert long.due_at is not None
        assert timedelta(seconds=7_190) < long.due_at - short.due_at < timedelta(seconds=7_500)

    @law
    async def test_what_is_due_longest_comes_first(self, storage: Storage) -> None:
        """Of more rows than are asked for those with the earliest instants are taken, in the order of their keys."""
        store = await open_store(storage)
        rows = [await _due(store, days=days) for days in (5, 1, 4, 2, 3)]
        assert [row.id for row in await _claimed(storage, store.scope, limit=3)] == sorted(rows[at].id for at in (1, 3, 4))
        assert [row.id for row in await _claimed(storage, store.scope, limit=3)] == sorted(rows[at].id for at in (0, 2))

    @law
    async def test_what_is_not_due_stays(self, storage: Storage) -> None:
        """A row whose instant is to come, or that has none, is not taken."""
        store = await open_store(storage)
        later, done = chore(owner(store), due_at=FAR_AHEAD), chore(owner(store), due_at=None)
        await store.insert(later)
        await store.insert(done)
        assert await _claimed(storage, store.scope) == ()
        assert await store.get(Chore, later.id) == later
        assert await store.get(Chore, done.id) == done

    @law
    async def test_a_claimed_row_is_nobody_else_s(self, storage: Storage) -> None:
        """While a claim lasts, no other worker is given the row."""
        store = await open_store(storage)
        await _due(store)
        assert len(await _claimed(storage, store.scope)) == 1
        assert await _claimed(storage, store.scope) == ()

    @law
    async def test_whoever_has_lost_the_row_can_no_longer_write_it(self, storage: Storage) -> None:
        """Once the claim is over and another worker has the row, the version of the first is stale."""
        store = await open_store(storage)
        await _due(store)
        (first,) = await _claimed(storage, store.scope)
        expired = await store.replace(but(first, due_at=LONG_AGO), expected=first.version)
        (second,) = await _claimed(storage, store.scope)
        assert (second.attempts, second.version) == (2, expired.version + 1)
        with pytest.raises(StaleVersion):
            await store.replace(but(first, due_at=None), expected=first.version)
        assert (await store.replace(but(second, due_at=None), expected=second.version)).due_at is None

    @law
    async def test_a_claim_that_is_rolled_back_has_not_been_made(self, storage: Storage) -> None:
        """The row is as it was, and the next worker gets it with its first attempt."""
        store = await open_store(storage)
        row = await _due(store)
        session = storage.session()
        async with session.unit(store.scope):
            assert len(await session.store(store.scope).claim(Chore, seconds=60, limit=10)) == 1
        await session.close()
        assert await store.get(Chore, row.id) == row
        assert [taken.attempts for taken in await _claimed(storage, store.scope)] == [1]

    @law
    async def test_a_claim_sees_its_own_unit(self, storage: Storage) -> None:
        """What the unit has inserted can be claimed in it, what it has claimed not again, what it has removed not at all."""
        store = await open_store(storage)
        gone = await _due(store)
        session: Session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope) as unit:
            await inside.remove(Chore, gone.id, expected=1)
            own = await _due(inside)
            assert [row.id for row in await inside.claim(Chore, seconds=60, limit=10)] == [own.id]
            assert await inside.claim(Chore, seconds=60, limit=10) == ()
            await unit.commit()
        await session.close()
        kept = await store.get(Chore, own.id)
        assert kept is not None
        assert (kept.attempts, kept.version) == (1, 2)

    @law
    async def test_a_tenant_claims_its_own_rows_and_the_platform_all(self, storage: Storage) -> None:
        """A tenant's store passes over another's rows; the platform's gets the rows of both, each with its tenant."""
        one, two = await open_store(storage), await open_store(storage)
        mine, theirs = await _due(one), await _due(two)
        assert [row.id for row in await _claimed(storage, one.scope)] == [mine.id]
        mine = await _due(one)
        found = {row.id: row.house_id for row in await _claimed(storage, PLATFORM, limit=1000)}
        assert (found[mine.id], found[theirs.id]) == (owner(one), owner(two))

    @law
    async def test_a_wrong_claim_says_what_is_wrong(self, storage: Storage) -> None:
        """Outside a unit, of a record without a lease, and with lengths or numbers that make no sense."""
        store = await open_store(storage)
        await _due(store)
        with pytest.raises(ConfigurationError, match=r"claim outside a unit"):
            await store.claim(Chore, seconds=60, limit=1)
        session = storage.session()
        async with session.unit(store.scope):
            inside = session.store(store.scope)
            with pytest.raises(ConfigurationError, match=r"claim\(Guest\): the record has no lease; declare"):
                await inside.claim(Guest, seconds=60, limit=1)
            for seconds, limit in ((0, 1), (-1, 1), (86_401, 1), (float("nan"), 1), (60, 0), (60, 1001)):
                with pytest.raises(ConfigurationError, match=r"claim\(Chore\): limit is"):
                    await inside.claim(Chore, seconds=seconds, limit=limit)
        await session.close()
        assert len(await _claimed(storage, store.scope)) == 1
