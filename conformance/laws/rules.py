"""Laws of unique keys and references: which rule is named, who is exempt, what cannot be removed. It knows no tenant's secrets."""

import pytest

from kingpost.kernel.errors import Conflict
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Scope, Storage, Store

from .law import Laws, law
from .specimens import Guest, House, Knot, Rate, Stay, but, fresh_id, fresh_word, guest, open_house, open_store, owner, stay


async def _breaks(store: Store, row: Record, rule: str) -> None:
    with pytest.raises(Conflict) as refused:
        await store.insert(row)
    assert refused.value.rule == rule


class RuleLaws(Laws):
    """Unique keys and references."""

    @law
    async def test_a_unique_field_is_unique_and_named(self, storage: Storage) -> None:
        """A second row with the value raises Conflict with the rule, by insert and by replace, and changes nothing."""
        store = await open_store(storage)
        ada, bob = guest(owner(store), "Ada"), guest(owner(store), "Bob")
        await store.insert(ada)
        await store.insert(bob)
        await _breaks(store, guest(owner(store), "Ada"), "unique:kingpost_laws_guest:name")
        with pytest.raises(Conflict) as refused:
            await store.replace(but(bob, name="Ada"), expected=1)
        assert refused.value.rule == "unique:kingpost_laws_guest:name"
        assert await store.get(Guest, bob.id) == bob

    @law
    async def test_a_unique_key_of_two_fields_names_both(self, storage: Storage) -> None:
        """Both values must agree to collide, and the rule lists the declared fields without the tenant."""
        store = await open_store(storage)
        await store.insert(guest(owner(store), "Ada", badge="x", floor=1))
        await store.insert(guest(owner(store), "Bob", badge="x", floor=2))
        await store.insert(guest(owner(store), "Cyd", badge="y", floor=1))
        await _breaks(store, guest(owner(store), "Dan", badge="x", floor=2), "unique:kingpost_laws_guest:badge,floor")

    @law
    async def test_of_several_broken_keys_the_first_is_named(self, storage: Storage) -> None:
        """In the order of their declaration, by insert and by replace; what a row has itself breaks nothing."""
        store = await open_store(storage)
        ada, bob = guest(owner(store), "Ada", badge="x", floor=1), guest(owner(store), "Bob", badge="y", floor=1)
        await store.insert(ada)
        await store.insert(bob)
        await _breaks(store, guest(owner(store), "Ada", badge="x", floor=1), "unique:kingpost_laws_guest:name")
        with pytest.raises(Conflict) as refused:
            await store.replace(but(bob, name="Ada", badge="x"), expected=1)
        assert refused.value.rule == "unique:kingpost_laws_guest:name"
        with pytest.raises(Conflict) as refused:
            await store.replace(but(bob, badge="x"), expected=1)
        assert refused.value.rule == "unique:kingpost_laws_guest:badge,floor"

    @law
    async def test_a_null_exempts_from_a_unique_key(self, storage: Storage) -> None:
        """Rows with a null in one of the fields never collide in that key."""
        store = await open_store(storage)
        for name in ("Ada", "Bob", "Cyd"):
            await store.insert(guest(owner(store), name, badge=None, floor=1))
        assert len((await store.find(Guest, limit=10)).items) == 3

    @law
    async def test_unique_values_are_exact(self, storage: Storage) -> None:
        """Letter case, spaces and normalisation make different values."""
        store = await open_store(storage)
        for name in ("a", "A", "a ", " a", "é", "e\u0301", ""):
            await store.insert(guest(owner(store), name))
        await _breaks(store, guest(owner(store), "e\u0301"), "unique:kingpost_laws_guest:name")

    @law
    async def test_a_row_does_not_collide_with_itself(self, storage: Storage) -> None:
        """Replacing a row with its own unique values is fine."""
        store = await open_store(storage)
        row = guest(owner(store), "Ada", badge="x")
        await store.insert(row)
        assert (await store.replace(but(row, floor=9), expected=1)).version == 2

    @law
    async def test_a_given_up_value_is_free(self, storage: Storage) -> None:
        """After replace or remove another row may take the value."""
        store = await open_store(storage)
        ada, bob = guest(owner(store), "Ada"), guest(owner(store), "Bob")
        await store.insert(ada)
        await store.insert(bob)
        await store.replace(but(ada, name="Eve"), expected=1)
        await store.remove(Guest, bob.id, expected=1)
        await store.insert(guest(owner(store), "Ada"))
        await store.insert(guest(owner(store), "Bob"))
        await _breaks(store, guest(owner(store), "Eve"), "unique:kingpost_laws_guest:name")

    @law
    async def test_unique_keys_hold_within_one_tenant(self, storage: Storage) -> None:
        """Another tenant may use the same values, and nothing tells the one of the other."""
        one, two = await open_store(storage), await open_store(storage)
        await one.insert(guest(owner(one), "Ada", badge="x", floor=1))
        await two.insert(guest(owner(two), "Ada", badge="x", floor=1))
        await _breaks(two, guest(owner(two), "Ada"), "unique:kingpost_laws_guest:name")

    @law
    async def test_a_tenant_s_own_record_is_unique_over_all_tenants(self, storage: Storage) -> None:
        """The record that is its own tenant has its unique keys over the whole table, for no two tenants are the same."""
        platform = storage.session().store(PLATFORM)
        slug = fresh_word("slug")
        await platform.insert(House(id=fresh_id("hou"), slug=slug))
        await _breaks(platform, House(id=fresh_id("hou"), slug=slug), "unique:kingpost_laws_house:slug")

    @law
    async def test_a_conflict_tells_no_value(self, storage: Storage) -> None:
        """Neither the message nor the params of a Conflict repeat what collided."""
        store = await open_store(storage)
        await store.insert(guest(owner(store), "Canary"))
        with pytest.raises(Conflict) as refused:
            await store.insert(guest(owner(store), "Canary"))
        assert "Canary" not in f"{refused.value} {refused.value.detail} {refused.value.params}"

    @law
    async def test_a_reference_needs_its_row(self, storage: Storage) -> None:
        """A row that refers to nothing is refused with the rule, by insert and by replace; null refers to nothing and is fine."""
        store = await open_store(storage)
        await _breaks(store, stay(owner(store), guest_id=fresh_id("gst")), "reference:kingpost_laws_stay:guest_id")
        await _breaks(store, stay(owner(store), rate_code=fresh_word("no")), "reference:kingpost_laws_stay:rate_code")
        row = stay(owner(store))
        await store.insert(row)
        with pytest.raises(Conflict) as refused:
            await store.replace(but(row, guest_id=fresh_id("gst")))
        assert refused.value.rule == "reference:kingpost_laws_stay:guest_id"
        assert await store.get(Stay, row.id) == row

    @law
    async def test_a_reference_to_a_row_that_is_there_is_kept(self, storage: Storage) -> None:
        """Rows of the own tenant and of the platform can be referred to."""
        store = await open_store(storage)
        rate = Rate(code=fresh_word("rate"), family="f", cents=1)
        await storage.session().store(PLATFORM).insert(rate)
        ada = guest(owner(store))
        await store.insert(ada)
        row = stay(owner(store), guest_id=ada.id, rate_code=rate.code)
        await store.insert(row)
        assert await store.get(Stay, row.id) == row

    @law
    async def test_a_reference_never_crosses_to_another_tenant(self, storage: Storage) -> None:
        """Another tenant's row is refused exactly as one that never existed, from a tenant's store and from the platform's."""
        one, two = await open_store(storage), await open_store(storage)
        theirs = guest(owner(two))
        await two.insert(theirs)
        await _breaks(one, stay(owner(one), guest_id=theirs.id), "reference:kingpost_laws_stay:guest_id")
        platform = storage.session().store(PLATFORM)
        await _breaks(platform, stay(owner(one), guest_id=theirs.id), "reference:kingpost_laws_stay:guest_id")

    @law
    async def test_a_row_that_is_referred_to_stays(self, storage: Storage) -> None:
        """Removing it raises Conflict that names the reference; once nobody refers to it, it goes."""
        store = await open_store(storage)
        ada = guest(owner(store))
        await store.insert(ada)
        first, second = stay(owner(store), guest_id=ada.id), stay(owner(store), guest_id=ada.id)
        await store.insert(first)
        await store.insert(second)
        for _ in range(2):
            with pytest.raises(Conflict) as refused:
                await store.remove(Guest, ada.id, expected=1)
            assert refused.value.rule == "reference:kingpost_laws_stay:guest_id"
        await store.remove(Stay, first.id)
        await store.replace(but(second, guest_id=None))
        await store.remove(Guest, ada.id, expected=1)
        assert await store.get(Guest, ada.id) is None

    @law
    async def test_a_row_may_refer_to_itself(self, storage: Storage) -> None:
        """It can be inserted so and changed so, and goes when no other row refers to it."""
        store = await open_store(storage)
        first, second = (Knot(id=fresh_id("knt"), house_id=owner(store), next_id=None) for _ in range(2))
        tied = but(first, next_id=first.id)
        await store.insert(tied)
        await store.insert(but(second, next_id=first.id))
        assert await store.get(Knot, first.id) == tied
        with pytest.raises(Conflict) as refused:
            await store.remove(Knot, first.id)
        assert refused.value.rule == "reference:kingpost_laws_knot:next_id"
        await store.replace(but(second, next_id=second.id))
        await store.remove(Knot, first.id)
        await store.remove(Knot, second.id)
        assert await store.get(Knot, second.id) is None

    @law
    async def test_a_row_that_is_referred_to_may_change(self, storage: Storage) -> None:
        """A reference holds the key, not the other fields."""
        store = await open_store(storage)
        ada = guest(owner(store))
        await store.insert(ada)
        await store.insert(stay(owner(store), guest_id=ada.id))
        assert (await store.replace(but(ada, name="Eve"), expected=1)).name == "Eve"

    @law
    async def test_an_owned_row_needs_its_tenant(self, storage: Storage) -> None:
        """Without the tenant's own row nothing of it can be inserted, and a tenant with rows cannot be removed."""
        absent = fresh_id("hou")
        await _breaks(storage.session().store(Scope(absent)), guest(absent), "reference:kingpost_laws_guest:house_id")
        house = await open_house(storage)
        row = guest(house)
        await storage.session().store(Scope(house)).insert(row)
        platform = storage.session().store(PLATFORM)
        with pytest.raises(Conflict) as refused:
            await platform.remove(House, house, expected=1)
        assert refused.value.rule == "reference:kingpost_laws_guest:house_id"
        await platform.remove(Guest, row.id, expected=1)
        await platform.remove(House, house, expected=1)
        assert await platform.get(House, house) is None
