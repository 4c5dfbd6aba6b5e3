"""Rows that are put back: what a snapshot keeps and what restoring it gives. It knows guests, no unit but the one that is in the way."""

import pytest

from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Guest, but, guest, open_house
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.store import Scope, Store


class Hotel:
    """A house with Ada and Bob, and its store."""

    def __init__(self) -> None:
        self.storage = MemoryStorage(records=SPECIMENS)
        self.house = drive(open_house(self.storage))
        self.ada, self.bob = guest(self.house, "Ada"), guest(self.house, "Bob")
        for row in (self.ada, self.bob):
            drive(self.store.insert(row))

    @property
    def store(self) -> Store:
        """The store of the house."""
        return self.storage.session().store(Scope(self.house))

    def names(self) -> list[str]:
        """The guests, found along an index."""
        return [row.name for row in drive(self.store.find(Guest, order=("name",), limit=9)).items]


def test_what_was_changed_added_and_removed_is_as_it_was() -> None:
    """Restoring takes back a change, an addition and a removal, and lists say so."""
    hotel = Hotel()
    kept = hotel.storage.snapshot()
    drive(hotel.store.replace(but(hotel.ada, name="Zoe"), expected=1))
    drive(hotel.store.remove(Guest, hotel.bob.id, expected=1))
    drive(hotel.store.insert(guest(hotel.house, "Cid")))
    assert hotel.names() == ["Cid", "Zoe"]
    hotel.storage.restore(kept)
    assert hotel.names() == ["Ada", "Bob"]
    assert drive(hotel.store.get(Guest, hotel.ada.id)) == hotel.ada


def test_another_storage_takes_the_rows() -> None:
    """A snapshot fills another storage for the same records, and changes there do not reach back."""
    hotel = Hotel()
    other = MemoryStorage(records=SPECIMENS)
    other.restore(hotel.storage.snapshot())
    drive(other.session().store(Scope(hotel.house)).remove(Guest, hotel.bob.id, expected=1))
    assert [row["name"] for row in other.rows(Guest)] == ["Ada"]
    assert hotel.names() == ["Ada", "Bob"]


def test_an_open_unit_is_in_the_way() -> None:
    """With a unit of work open restoring is refused and nothing changes."""
    hotel = Hotel()
    session = hotel.storage.session()

    async def program() -> None:
        async with session.unit(Scope(hotel.house)):
            with pytest.raises(ConfigurationError, match="a unit of work is open"):
                hotel.storage.restore({})

    drive(program())
    assert hotel.names() == ["Ada", "Bob"]
