"""Declarations: each knows where it was written, and one that lacks a decision is refused there. It knows Structs of its own."""

import copy
import inspect

import pytest
from msgspec import structs

from kingpost.kernel.declaring import Declaration, place_of
from kingpost.kernel.errors import ConfigurationError


class Choice(Declaration, frozen=True, kw_only=True):
    """Something that must be decided."""

    mends = {"colour": "write colour='red', or colour=None for none"}
    colour: str | None
    number: int
    note: str = ""


def here(offset: int = 0) -> str:
    """The place of the call."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"{__file__}:{frame.f_back.f_lineno + offset}"


def test_a_declaration_knows_where_it_was_written() -> None:
    """``file:line`` of the call."""
    assert Choice(colour=None, number=1).declared == here()


def test_a_copy_keeps_the_place() -> None:
    """Replaced or copied, it was written where it was written."""
    made = Choice(colour=None, number=1)
    for other in (structs.replace(made, number=2), copy.copy(made), copy.deepcopy(made)):
        assert other.declared == made.declared


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"number": 1}, "Choice does not say 'colour'; write colour='red', or colour=None for none"),
        ({"colour": None}, "Choice does not say 'number'; write number=..."),
        ({"colour": None, "numbr": 1}, "Choice has no 'numbr'; did you mean 'number'?"),
        ({"colour": None, "number": 1, "xyzzy": 1}, "Choice has no 'xyzzy'; it has colour, number, note"),
    ],
)
def test_a_missing_or_unknown_decision_is_refused_with_its_place_and_mend(given: dict[str, object], told: str) -> None:
    """File and line of the call, and what to write."""
    with pytest.raises(ConfigurationError) as caught:
        Choice(**given)
    assert str(caught.value) == f"{here(-1)}: {told}"


def test_what_else_is_wrong_with_a_call_stays_what_it_is() -> None:
    """A positional argument is Python's to refuse."""
    with pytest.raises(TypeError):
        Choice("red")


def test_places_of_functions_and_classes() -> None:
    """A function or class has the line where it begins; what has no file has a name."""
    assert place_of(here) == f"{__file__}:{inspect.getsourcelines(here)[1]}"
    assert place_of(Choice) == f"{__file__}:{inspect.getsourcelines(Choice)[1]}"
    assert place_of(int) == "builtins.int"
