"""Declarations: the Structs in which a user says what there is. Each remembers where it was written; it knows nothing of what they declare.

A declaration that lacks a decision, or has one that does not exist, is refused where it is written, with the line and the mend.
"""

import difflib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError

_WRONG = re.compile(r"(Missing required|Unexpected keyword) argument '(\w+)'")


if TYPE_CHECKING:
    from msgspec import StructMeta as _Declaring  # checkers need not know what happens when a call is wrong: they refuse it themselves
else:

    class _Declaring(type(Struct)):
        """Remembers where a declaration is made, and refuses one that lacks a decision."""

        def __call__(cls, *values: object, **given: object) -> object:
            """``ConfigurationError`` with the place and the mend for a field that is missing or does not exist."""
            caller = sys._getframe(1)  # noqa: SLF001  (enum and namedtuple find out by it too where they are made)
            given.setdefault("declared", f"{caller.f_code.co_filename}:{caller.f_lineno}")
            try:
                return super().__call__(*values, **given)
            except TypeError as error:
                wrong = _WRONG.match(str(error))
                if wrong is None:
                    raise
                raise ConfigurationError(f"{given['declared']}: {_mend(cls, wrong[1], wrong[2])}") from None


class Declaration(Struct, frozen=True, kw_only=True, metaclass=_Declaring):
    """A Struct that knows the place of the call which made it."""

    mends: ClassVar[Mapping[str, str]] = {}
    """What to write, for each decision that must be made."""
    declared: str = ""
    """``file:line``, filled in by itself."""


def _mend(kind: type[Declaration], wrong: str, name: str) -> str:
    """What is wrong with the field of that name, and what to write."""
    if wrong == "Missing required":
        return f"{kind.__name__} does not say {name!r}; {kind.mends.get(name, f'write {name}=...')}"
    there = [field for field in kind.__struct_fields__ if field != "declared"]
    near = difflib.get_close_matches(name, there, n=1)
    return f"{kind.__name__} has no {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(there)}")


def place_of(what: Callable[..., object] | type) -> str:
    """``file:line`` of a function or class; of what was not written in a file, its module and name."""
    found = what if isinstance(what, type) else inspect.unwrap(what)
    try:
        _, line = inspect.getsourcelines(found)
        return f"{inspect.getsourcefile(found)}:{line}"
    except (OSError, TypeError):
        return f"{found.__module__}.{found.__qualname__}"
