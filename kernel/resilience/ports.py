"""What this process remembers of the services it calls. It knows how many entries it keeps and how threads take turns; it decides nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, TypeAlias, TypeVar

from kingpost.kernel.urls import Origin

from .model import Standing

R = TypeVar("R")

Key: TypeAlias = tuple[str, Origin]
"""A target's name, and where it was called."""

_LARGEST: Final = 1_000
"""Entries; where users name the places (webhooks), the one that was not called for the longest time goes first."""
_NAMES: Final = 100
"""Series of metrics; whatever is called beyond them is ``other``."""


class Standings:
    """The standing of every target at every origin. A change is a few steps under the mutex; nothing is awaited there."""

    def __init__(self, mutex: AbstractContextManager[object]) -> None:
        self._mutex = mutex
        self._of: dict[Key, Standing] = {}
        self._names: set[str] = set()

    def __len__(self) -> int:
        return len(self._of)

    def change(self, key: Key, decide: Callable[[Standing], tuple[Standing, R]]) -> R:
        """Replace the standing by the one that ``decide`` returns, and hand on what it returns beside it."""
        with self._mutex:
            standing, told = decide(self._of.pop(key) if key in self._of else Standing())
            self._of[key] = standing  # behind all others
            if len(self._of) > _LARGEST:
                self._drop_one()
        return told

    def label(self, name: str) -> str:
        """The target's name, or ``other`` once there are too many."""
        if name not in self._names:
            with self._mutex:
                if len(self._names) >= _NAMES:
                    return "other"
                self._names.add(name)
        return name

    def _drop_one(self) -> None:
        """The oldest at which nothing is under way: its calls would give back tickets that nobody remembers."""
        idle = next((key for key, standing in self._of.items() if not standing.running), None)
        if idle is not None:
            del self._of[idle]
