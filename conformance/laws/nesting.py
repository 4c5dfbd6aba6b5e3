"""Laws of units inside units: savepoints, scopes that share a unit, and what waits for the outermost commit. It knows no database."""

from kingpost.kernel.store import PLATFORM, Storage

from .law import Laws, law
from .specimens import Guest, but, guest, open_house, open_store, owner, same_session


class NestingLaws(Laws):
    """Units inside units."""

    @law
    async def test_an_inner_rollback_keeps_the_outer_unit(self, storage: Storage) -> None:
        """What the inner unit wrote is undone exactly, row by row, and what the outer wrote before and after is committed."""
        store = await open_store(storage)
        changed, removed = guest(owner(store), "changed"), guest(owner(store), "removed")
        await store.insert(removed)
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope) as outer:
            await inside.insert(changed)
            async with session.unit(store.scope):
                await inside.replace(but(changed, name="lost"), expected=1)
                await inside.remove(Guest, removed.id, expected=1)
                await inside.insert(guest(owner(store), "removed"))
            assert await inside.get(Guest, changed.id) == changed
            assert await inside.get(Guest, removed.id) == removed
            await inside.insert(guest(owner(store), "later"))
            await outer.commit()
        await session.close()
        assert [row.name for row in (await store.find(Guest, order=("name",), limit=5)).items] == ["changed", "later", "removed"]

    @law
    async def test_an_outer_rollback_takes_the_inner_commit_back(self, storage: Storage) -> None:
        """An inner commit is only a part of the outer unit."""
        store = await open_store(storage)
        row = guest(owner(store))
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope):
            async with session.unit(store.scope) as inner:
                await inside.insert(row)
                await inner.commit()
            assert await inside.get(Guest, row.id) == row
            assert await (await same_session(storage, store)).get(Guest, row.id) is None
        await session.close()
        assert await store.get(Guest, row.id) is None

    @law
    async def test_units_nest_deeply(self, storage: Storage) -> None:
        """Of three levels the middle one's rollback takes the innermost commit with it and nothing else."""
        store = await open_store(storage)
        session = storage.session()
        inside = session.store(store.scope)
        async with session.unit(store.scope) as outer:
            await inside.insert(guest(owner(store), "outer"))
            async with session.unit(store.scope):
                await inside.insert(guest(owner(store), "middle"))
                async with session.unit(store.scope) as innermost:
                    await inside.insert(guest(owner(store), "innermost"))
                    await innermost.commit()
            async with session.unit(store.scope) as second:
                await inside.insert(guest(owner(store), "second"))
                await second.commit()
            await outer.commit()
        await session.close()
        assert [row.name for row in (await store.find(Guest, order=("name",), limit=5)).items] == ["outer", "second"]

    @law
    async def test_stores_of_every_scope_share_the_unit(self, storage: Storage) -> None:
        """A tenant's and the platform's store of one session write into one unit; a rollback takes both back."""
        store = await open_store(storage)
        other = await open_house(storage)
        session = storage.session()
        mine, theirs = guest(owner(store)), guest(other)
        async with session.unit(store.scope):
            await session.store(store.scope).insert(mine)
            async with session.unit(PLATFORM) as inner:
                await session.store(PLATFORM).insert(theirs)
                await inner.commit()
            assert await session.store(PLATFORM).get(Guest, mine.id) == mine
        await session.close()
        platform = storage.session().store(PLATFORM)
        assert await platform.get(Guest, mine.id) is None
        assert await platform.get(Guest, theirs.id) is None

    @law
    async def test_what_follows_the_commit_waits_for_the_outermost(self, storage: Storage) -> None:
        """Callbacks run in their order, once, after the outermost commit and not before."""
        store = await open_store(storage)
        session = storage.session()
        told: list[str] = []
        async with session.unit(store.scope) as outer:
            outer.on_commit(lambda: told.append("first"))
            async with session.unit(store.scope) as inner:
                inner.on_commit(lambda: told.append("second"))
                await inner.commit()
            outer.on_commit(lambda: told.append("third"))
            assert told == []
            await session.store(store.scope).insert(guest(owner(store)))
            await outer.commit()
        assert told == ["first", "second", "third"]
        async with session.unit(store.scope) as unit:
            await unit.commit()
        await session.close()
        assert told == ["first", "second", "third"]

    @law
    async def test_nothing_follows_a_rollback(self, storage: Storage) -> None:
        """Callbacks of a unit that was rolled back, or whose outer unit was, or whose session was closed, never run."""
        store = await open_store(storage)
        session = storage.session()
        told: list[str] = []
        async with session.unit(store.scope) as outer:
            async with session.unit(store.scope) as inner:
                inner.on_commit(lambda: told.append("inner, rolled back"))
            outer.on_commit(lambda: told.append("outer"))
            await outer.commit()
        assert told == ["outer"]
        async with session.unit(store.scope) as outer:
            outer.on_commit(lambda: told.append("outer, rolled back"))
            async with session.unit(store.scope) as inner:
                inner.on_commit(lambda: told.append("inner of a rolled back"))
                await inner.commit()
        unit = session.unit(store.scope)
        (await unit.__aenter__()).on_commit(lambda: told.append("closed"))
        await session.close()
        await unit.__aexit__(None, None, None)
        assert told == ["outer"]
