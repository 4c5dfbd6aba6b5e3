"""Names that a person typed, held against those that there are. It knows spelling and nothing of what the names stand for."""

import difflib
from collections.abc import Collection

from kingpost.kernel.errors import ConfigurationError


def suggestion(name: str, there: Collection[str]) -> str:
    """The nearest name as the end of a sentence, or what there is where nothing is near and the list is short."""
    near = difflib.get_close_matches(name, there, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there is: {', '.join(there)}" if len(there) <= 20 else ""


def check_known(option: str, given: Collection[str], there: Collection[str]) -> None:
    """``ConfigurationError`` in one line for the first name that is not there."""
    for name in given:
        if name not in there:
            raise ConfigurationError(f"{option} {name}: there is no such name{suggestion(name, there)}")
