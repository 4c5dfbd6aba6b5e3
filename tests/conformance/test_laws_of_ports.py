"""No law of a port is overridden or deleted without a reason. It makes classes that try to, and knows no implementation."""

import pytest

from kingpost.conformance import laws
from kingpost.conformance.laws import AskingLaws, ClockLaws, EntropyLaws, Laws, SeededEntropyLaws, StorageLaws
from kingpost.kernel.system import Clock

NAME = "test_now_is_aware_and_in_utc"


def replacement(self: object, clock: Clock) -> None:
    """A law that holds whatever the clock does."""


class Lenient:
    """A class that brings a law of the same name without being an umbrella."""

    test_now_is_aware_and_in_utc = replacement


def test_every_umbrella_keeps_its_laws() -> None:
    """Each umbrella of the kit derives from Laws and has some."""
    umbrellas = {getattr(laws, name) for name in laws.__all__ if name.endswith("Laws")} - {Laws}
    assert umbrellas == {AskingLaws, ClockLaws, EntropyLaws, SeededEntropyLaws, StorageLaws}
    for umbrella in umbrellas:
        assert issubclass(umbrella, Laws)
        assert [name for name in dir(umbrella) if name.startswith("test_")]
    assert all(issubclass(group, Laws) for group in StorageLaws.__bases__)


@pytest.mark.parametrize(
    ("bases", "members", "told"),
    [
        ((ClockLaws,), {NAME: replacement}, f"{NAME} is a law of the port"),
        ((ClockLaws,), {NAME: None}, f"{NAME} is a law of the port"),
        ((Lenient, ClockLaws), {}, f"{NAME} is a law of the port"),
        ((ClockLaws,), {NAME: replacement, "exempt": {NAME: " "}}, f"'exempt' gives no reason for {NAME}"),
        ((ClockLaws,), {"exempt": {NAME: "Why not."}}, f"'exempt' names {NAME}, which this class does not replace"),
        ((ClockLaws,), {"__test__": False}, "__test__ would drop every law"),
    ],
    ids=["overridden", "deleted", "mixed-in", "blank-reason", "stale", "switched-off"],
)
def test_a_class_that_drops_a_law_is_not_made(bases: tuple[type, ...], members: dict[str, object], told: str) -> None:
    """Whoever overrides, deletes or switches off a law without naming it with a reason gets a TypeError that says so."""
    with pytest.raises(TypeError, match=told):
        type("TestMine", bases, members)


def test_a_law_is_replaced_with_a_reason() -> None:
    """A class that names the law and the reason is made, and its own subclasses need not say it again."""
    mine = type("TestMine", (ClockLaws,), {NAME: replacement, "exempt": {NAME: "This clock tells local time."}})
    assert getattr(type("TestMore", (mine,), {}), NAME) is replacement


def test_laws_are_added_freely() -> None:
    """A class may have laws of its own beside those of the port."""
    mine = type("TestMine", (ClockLaws,), {"test_it_ticks": replacement})
    assert issubclass(mine, ClockLaws)
