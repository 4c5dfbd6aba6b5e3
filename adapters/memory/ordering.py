"""Sorted lists that answer ``find``: rows with equal values in some fields, in the order of others. It knows no transaction."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Final, TypeAlias

from msgspec import Struct

from kingpost.kernel.records import Record, column
from kingpost.kernel.store import Condition, Value

from .blueprint import Values, plain

Position: TypeAlias = tuple[Any, ...]
"""A row's values in the order of the index, made comparable; unique, because the key is among them. Any: columns differ in type."""

_NULL_BELOW: Final = (0,)
_NULL_ABOVE: Final = (2,)


class Path(Struct, frozen=True):
    """Which list is asked for: fields that are equal, then a total order. Nulls come last in both directions, so the direction belongs to it."""

    record: type[Record]
    fixed: tuple[str, ...]
    order: tuple[str, ...]
    descending: bool


class OrderedIndex:
    """The rows of one table along one path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._nullable = tuple(column(path.record, field).nullable for field in path.order)
        self._null = _NULL_BELOW if path.descending else _NULL_ABOVE
        self._key_at = path.order.index(path.record.facts.key)
        self._lists: dict[Values, list[Position]] = {}

    def add(self, row: Record) -> None:
        """Put the row in its place."""
        insort(self._lists.setdefault(self._fixed(row), []), self.position(row))

    def drop(self, row: Record) -> None:
        """Take the row out; it must be there."""
        positions = self._lists[self._fixed(row)]
        del positions[bisect_left(positions, self.position(row))]

    def position(self, row: Record) -> Position:
        """Where the row stands."""
        return self._comparable(tuple(getattr(row, field) for field in self.path.order))

    def key(self, position: Position) -> str:
        """The key of the row that stands there."""
        return str(position[self._key_at])

    def walk(self, fixed: Values, ranges: tuple[Condition, ...], after: tuple[Value, ...] | None) -> Iterator[Position]:
        """The positions within the ranges and strictly behind ``after``, in the order of the path."""
        positions = self._lists.get(fixed, [])
        low, high = self._within(positions, ranges)
        if after is not None and self.path.descending:
            high = min(high, bisect_left(positions, self._comparable(after)))
        elif after is not None:
            low = max(low, bisect_right(positions, self._comparable(after)))
        steps = range(high - 1, low - 1, -1) if self.path.descending else range(low, high)
        return (positions[step] for step in steps)

    def _within(self, positions: list[Position], ranges: tuple[Condition, ...]) -> tuple[int, int]:
        """First and past-the-end place between the bounds; a range leaves nulls out."""
        low, high = 0, len(positions)
        first: Callable[[Position], Any] = itemgetter(0)
        if ranges and self._nullable[0] and self.path.descending:
            low = bisect_right(positions, _NULL_BELOW, key=first)
        elif ranges and self._nullable[0]:
            high = bisect_left(positions, _NULL_ABOVE, key=first)
        for condition in ranges:
            bound = self._one(condition.value, nullable=self._nullable[0])
            if condition.op in ("gt", "ge"):
                low = max(low, (bisect_left if condition.op == "ge" else bisect_right)(positions, bound, key=first))
            else:
                high = min(high, (bisect_right if condition.op == "le" else bisect_left)(positions, bound, key=first))
        return low, high

    def _fixed(self, row: Record) -> Values:
        return tuple(plain(getattr(row, field)) for field in self.path.fixed)

    def _comparable(self, values: tuple[object, ...]) -> Position:
        return tuple(self._one(value, nullable=nullable) for value, nullable in zip(values, self._nullable, strict=True))

    def _one(self, value: object, *, nullable: bool) -> Any:
        if not nullable:
            return plain(value)
        return self._null if value is None else (1, plain(value))
