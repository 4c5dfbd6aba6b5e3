"""Laws of Store for one row at a time: get, insert, replace, remove and the version. It knows no list and no unit of work."""

import pytest

from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion
from kingpost.kernel.store import PLATFORM, Storage

from .law import Laws, law
from .specimens import Guest, Rate, Stay, but, fresh_id, fresh_word, guest, mark, open_store, owner, same_session, stay


class RowLaws(Laws):
    """One row at a time."""

    @law
    async def test_an_inserted_row_comes_back_as_it_was(self, storage: Storage) -> None:
        """What was inserted is what every session gets, field by field."""
        store = await open_store(storage)
        row = guest(owner(store), "Ada", badge="7", floor=3)
        await store.insert(row)
        assert await store.get(Guest, row.id) == row
        assert await (await same_session(storage, store)).get(Guest, row.id) == row

    @law
    async def test_an_absent_key_gives_none(self, storage: Storage) -> None:
        """A key that was never inserted gives None, not an error."""
        store = await open_store(storage)
        assert await store.get(Guest, fresh_id("gst")) is None

    @law
    async def test_a_malformed_key_is_an_absent_key(self, storage: Storage) -> None:
        """Text that is no id of the record, or that no database can hold, gives None and NotFound like any absent key."""
        store = await open_store(storage)
        held = guest(owner(store))
        await store.insert(held)
        upper, foreign = held.id.upper(), held.id.replace("gst_", "sty_")
        for key in ("", "gst_", "nonsense", upper, foreign, f"{held.id}0", f"{held.id}\n", "gst_\0", "gst_\ud800", "gst_" + "é" * 26):
            assert await store.get(Guest, key) is None
            with pytest.raises(NotFound):
                await store.remove(Guest, key, expected=1)
        assert await store.get(Guest, held.id) == held

    @law
    async def test_a_key_may_be_any_text_that_the_record_declares(self, storage: Storage) -> None:
        """A key of the record's own making is found again, and its letter case counts."""
        platform = storage.session().store(PLATFORM)
        code = fresh_word("Straße")
        await platform.insert(Rate(code=code, family=code, cents=5))
        assert await platform.get(Rate, code) == Rate(code=code, family=code, cents=5)
        for key in (code.lower(), code.upper(), f"{code} ", "", "\0", f"{code}\0", "\ud800", "x" * 10_000):
            assert await platform.get(Rate, key) is None

    @law
    async def test_a_second_row_with_the_key_is_refused_by_name(self, storage: Storage) -> None:
        """Inserting a key twice raises Conflict with the rule of the key, and the first row stays."""
        store = await open_store(storage)
        first = guest(owner(store), "Ada")
        await store.insert(first)
        with pytest.raises(Conflict) as refused:
            await store.insert(but(first, name="Bob"))
        assert refused.value.rule == "unique:kingpost_laws_guest:id"
        assert await store.get(Guest, first.id) == first

    @law
    async def test_replace_writes_every_field_and_the_next_version(self, storage: Storage) -> None:
        """A versioned row is written with the expected version plus one, whatever its own version says, and returned so."""
        store = await open_store(storage)
        row = guest(owner(store), "Ada", badge="7")
        await store.insert(row)
        written = await store.replace(but(row, name="Bob", badge=None, floor=2, version=99), expected=1)
        assert written == but(row, name="Bob", badge=None, floor=2, version=2)
        assert await store.get(Guest, row.id) == written
        assert (await store.replace(written, expected=2)).version == 3

    @law
    async def test_a_stale_version_changes_nothing(self, storage: Storage) -> None:
        """A version that is not the stored one, older, newer or of any size, raises StaleVersion for replace and remove."""
        store = await open_store(storage)
        row = guest(owner(store))
        await store.insert(row)
        second = await store.replace(row, expected=1)
        for expected in (1, 3, 0, -1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**200):
            with pytest.raises(StaleVersion):
                await store.replace(but(row, name="Eve"), expected=expected)
            with pytest.raises(StaleVersion):
                await store.remove(Guest, row.id, expected=expected)
        assert await store.get(Guest, row.id) == second

    @law
    async def test_of_two_writers_with_one_version_the_second_is_stale(self, storage: Storage) -> None:
        """Two sessions that read the same version cannot both write: no update is lost."""
        store = await open_store(storage)
        other = await same_session(storage, store)
        row = guest(owner(store))
        await store.insert(row)
        mine, theirs = await store.get(Guest, row.id), await other.get(Guest, row.id)
        assert mine is not None
        assert theirs is not None
        await store.replace(but(mine, name="Mine"), expected=mine.version)
        with pytest.raises(StaleVersion):
            await other.replace(but(theirs, name="Theirs"), expected=theirs.version)
        assert await other.get(Guest, row.id) == but(row, name="Mine", version=2)

    @law
    async def test_an_absent_row_cannot_be_replaced_or_removed(self, storage: Storage) -> None:
        """Replace and remove of a key that is not there raise NotFound, versioned or not, and insert nothing."""
        store = await open_store(storage)
        row, plain = guest(owner(store)), stay(owner(store))
        with pytest.raises(NotFound):
            await store.replace(row, expected=1)
        with pytest.raises(NotFound):
            await store.remove(Guest, row.id, expected=1)
        with pytest.raises(NotFound):
            await store.replace(plain)
        with pytest.raises(NotFound):
            await store.remove(Stay, plain.id)
        assert await store.get(Guest, row.id) is None

    @law
    async def test_an_unversioned_row_is_replaced_and_returned(self, storage: Storage) -> None:
        """A row without a version is overwritten by the last writer."""
        store = await open_store(storage)
        row = stay(owner(store))
        await store.insert(row)
        assert await store.replace(but(row, nights=2)) == but(row, nights=2)
        assert await (await same_session(storage, store)).replace(but(row, nights=3)) == but(row, nights=3)
        assert await store.get(Stay, row.id) == but(row, nights=3)

    @law
    async def test_a_removed_row_is_gone_and_its_key_free(self, storage: Storage) -> None:
        """After remove the key is absent, a second remove raises NotFound, and the key can be inserted again."""
        store = await open_store(storage)
        row = guest(owner(store))
        await store.insert(row)
        await store.remove(Guest, row.id, expected=1)
        assert await store.get(Guest, row.id) is None
        with pytest.raises(NotFound):
            await store.remove(Guest, row.id, expected=1)
        await store.insert(row)
        assert await store.get(Guest, row.id) == row

    @law
    async def test_expected_goes_with_versioned_records_only(self, storage: Storage) -> None:
        """A version for a record without versions, or none for one with them, is a bug and refused before anything is written."""
        store = await open_store(storage)
        row, plain = guest(owner(store)), stay(owner(store))
        await store.insert(row)
        await store.insert(plain)
        with pytest.raises(ConfigurationError):
            await store.replace(row)
        with pytest.raises(ConfigurationError):
            await store.remove(Guest, row.id)
        with pytest.raises(ConfigurationError):
            await store.replace(plain, expected=1)
        with pytest.raises(ConfigurationError):
            await store.remove(Stay, plain.id, expected=1)
        assert await store.get(Guest, row.id) == row
        assert await store.get(Stay, plain.id) == plain

    @law
    async def test_a_store_keeps_its_own_copy(self, storage: Storage) -> None:
        """What a caller does to a row's dictionary before or after does not change what is stored."""
        store = await open_store(storage)
        note = {"a": "1"}
        row = but(mark(owner(store)), note=note)
        await store.insert(row)
        note["a"] = "2"
        first = await store.get(type(row), row.id)
        assert first is not None
        assert first.note == {"a": "1"}
        first.note["a"] = "3"
        assert await store.get(type(row), row.id) == but(row, note={"a": "1"})
