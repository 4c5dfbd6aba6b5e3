"""Laws of tenancy: a tenant's store has only that tenant's rows, the platform's has all. It knows no credential."""

import pytest

from kingpost.kernel.errors import ConfigurationError, NotFound, StaleVersion
from kingpost.kernel.store import PLATFORM, Scope, Storage, at_least, equal

from .law import Laws, law
from .specimens import Guest, House, Rate, Stay, but, fresh_id, fresh_word, guest, open_house, open_store, owner, stay


class ScopeLaws(Laws):
    """Tenants and the platform."""

    @law
    async def test_a_store_knows_its_scope(self, storage: Storage) -> None:
        """The scope is the one it was opened for."""
        session = storage.session()
        assert session.store(PLATFORM).scope == PLATFORM
        assert session.store(Scope("hou_x")).scope == Scope("hou_x")

    @law
    async def test_another_tenant_s_row_is_absent(self, storage: Storage) -> None:
        """Get, find, replace and remove treat a foreign row as one that never existed, and it is untouched."""
        one, two = await open_store(storage), await open_store(storage)
        theirs, plain = guest(owner(two), "Theirs"), stay(owner(two))
        await two.insert(theirs)
        await two.insert(plain)
        assert await one.get(Guest, theirs.id) is None
        assert (await one.find(Guest, limit=10)).items == ()
        assert (await one.find(Guest, where=(equal("id", theirs.id),), limit=10)).items == ()
        assert (await one.find(Guest, where=(equal("name", "Theirs"),), limit=10)).items == ()
        for row in (theirs, but(theirs, house_id=owner(one))):
            with pytest.raises(NotFound):
                await one.replace(row, expected=1)
            with pytest.raises(NotFound):
                await one.replace(row, expected=7)
        for visit in (plain, but(plain, house_id=owner(one))):
            with pytest.raises(NotFound):
                await one.replace(visit)
        with pytest.raises(NotFound):
            await one.remove(Guest, theirs.id, expected=1)
        with pytest.raises(NotFound):
            await one.remove(Stay, plain.id)
        assert await two.get(Guest, theirs.id) == theirs
        assert await two.get(Stay, plain.id) == plain

    @law
    async def test_a_list_holds_only_the_tenant_s_rows(self, storage: Storage) -> None:
        """Pages of interleaved rows of two tenants hold one tenant's rows, and a position taken from the other leaks nothing."""
        one, two = await open_store(storage), await open_store(storage)
        for number in range(6):
            store = (one, two)[number % 2]
            await store.insert(guest(owner(store), f"g{number}", floor=number))
        page = await one.find(Guest, order=("name",), limit=2)
        assert [row.name for row in page.items] == ["g0", "g2"]
        foreign = await two.find(Guest, order=("name",), limit=1)
        assert [row.name for row in (await one.find(Guest, order=("name",), after=foreign.next, limit=9)).items] == ["g2", "g4"]
        assert [row.name for row in (await one.find(Guest, where=(at_least("floor", 1),), order=("floor", "name"), limit=9)).items] == [
            "g2",
            "g4",
        ]

    @law
    async def test_an_insert_cannot_name_another_tenant(self, storage: Storage) -> None:
        """A row of another tenant through a tenant's store is a bug and writes nothing."""
        one, two = await open_store(storage), await open_store(storage)
        row = guest(owner(two))
        with pytest.raises(ConfigurationError):
            await one.insert(row)
        assert await two.get(Guest, row.id) is None

    @law
    async def test_no_row_moves_to_another_tenant(self, storage: Storage) -> None:
        """Replace with another tenant in the row raises NotFound, in the tenant's store and in the platform's, and the row stays where it is."""
        one, two = await open_store(storage), await open_store(storage)
        row = guest(owner(one))
        await one.insert(row)
        moved = but(row, house_id=owner(two))
        for store in (one, two, storage.session().store(PLATFORM)):
            with pytest.raises(NotFound):
                await store.replace(moved, expected=1)
        assert await one.get(Guest, row.id) == row

    @law
    async def test_a_tenant_s_store_refuses_platform_records(self, storage: Storage) -> None:
        """Every call with a record that no tenant owns is a bug in a tenant's store."""
        store = await open_store(storage)
        rate = Rate(code=fresh_word("rate"), family="f", cents=1)
        await storage.session().store(PLATFORM).insert(rate)
        with pytest.raises(ConfigurationError):
            await store.get(Rate, rate.code)
        with pytest.raises(ConfigurationError):
            await store.find(Rate, limit=5)
        with pytest.raises(ConfigurationError):
            await store.insert(but(rate, code=fresh_word("rate")))
        with pytest.raises(ConfigurationError):
            await store.replace(rate)
        with pytest.raises(ConfigurationError):
            await store.remove(Rate, rate.code)
        assert await storage.session().store(PLATFORM).get(Rate, rate.code) == rate

    @law
    async def test_the_platform_sees_and_writes_every_tenant_s_rows(self, storage: Storage) -> None:
        """Get, find, insert, replace and remove work on rows of any tenant, each staying its tenant's."""
        one, two = await open_store(storage), await open_store(storage)
        mine, theirs = guest(owner(one)), guest(owner(two))
        platform = storage.session().store(PLATFORM)
        await platform.insert(mine)
        await platform.insert(theirs)
        assert await one.get(Guest, mine.id) == mine
        assert await platform.get(Guest, theirs.id) == theirs
        seen = await platform.find(Guest, where=(at_least("id", mine.id),), limit=10)
        assert [row.id for row in seen.items][:2] == [mine.id, theirs.id]
        assert (await platform.replace(but(mine, name="Eve"), expected=1)).house_id == owner(one)
        with pytest.raises(StaleVersion):
            await platform.remove(Guest, mine.id, expected=1)
        await platform.remove(Guest, theirs.id, expected=1)
        assert await two.get(Guest, theirs.id) is None

    @law
    async def test_a_list_may_name_the_tenant(self, storage: Storage) -> None:
        """Equality on the tenant field narrows the platform's list to one tenant; in a tenant's store it finds the own rows or none."""
        one, two = await open_store(storage), await open_store(storage)
        mine, theirs = guest(owner(one), "Ada"), guest(owner(two), "Ada")
        await one.insert(mine)
        await two.insert(theirs)
        by_tenant = (equal("house_id", owner(one)), equal("name", "Ada"))
        assert (await storage.session().store(PLATFORM).find(Guest, where=by_tenant, limit=5)).items == (mine,)
        assert (await one.find(Guest, where=by_tenant, limit=5)).items == (mine,)
        assert (await two.find(Guest, where=by_tenant, limit=5)).items == ()

    @law
    async def test_a_tenant_sees_itself_alone(self, storage: Storage) -> None:
        """Of the record that is its own tenant, a tenant's store has the one row: it reads, lists and replaces it, and no other."""
        mine, theirs = await open_house(storage), await open_house(storage)
        store = storage.session().store(Scope(mine))
        itself, other = await store.get(House, mine), await storage.session().store(Scope(theirs)).get(House, theirs)
        assert itself is not None
        assert other is not None
        assert await store.get(House, theirs) is None
        assert (await store.find(House, limit=5)).items == (itself,)
        assert (await store.find(House, where=(equal("slug", other.slug),), limit=5)).items == ()
        assert (await store.find(House, where=(equal("id", theirs),), limit=5)).items == ()
        assert (await store.replace(but(itself, slug=fresh_word("new")), expected=1)).version == 2
        with pytest.raises(NotFound):
            await store.replace(but(other, slug=fresh_word("new")), expected=1)
        with pytest.raises(NotFound):
            await store.remove(House, theirs, expected=1)
        with pytest.raises(ConfigurationError):
            await store.insert(House(id=fresh_id("hou"), slug=fresh_word("house")))

    @law
    async def test_a_malformed_tenant_has_nothing(self, storage: Storage) -> None:
        """A store opened for text that is no tenant's id sees no row and breaks nothing."""
        store = await open_store(storage)
        row = guest(owner(store))
        await store.insert(row)
        for nobody in ("", "nonsense", owner(store).upper(), row.id, "hou_\0", fresh_id("hou")):
            stranger = storage.session().store(Scope(nobody))
            assert await stranger.get(Guest, row.id) is None
            assert (await stranger.find(Guest, order=("name",), limit=5)).items == ()
            with pytest.raises(NotFound):
                await stranger.remove(Guest, row.id, expected=1)
            with pytest.raises(NotFound):
                await stranger.replace(row, expected=1)
        assert await store.get(Guest, row.id) == row
