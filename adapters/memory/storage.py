"""Storage, Session and UnitOfWork over dictionaries: the reference that every other store is compared with. It knows no row and no query."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self, TypeAlias

import msgspec

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record
from kingpost.kernel.store import Scope
from kingpost.kernel.system import Clock

from .blueprint import Blueprint
from .store import MemoryStore
from .tables import UNTOUCHED
from .work import Ground, Level, Work

Snapshot: TypeAlias = Mapping[type[Record], Mapping[str, Record | None]]
"""Committed rows by record and key."""

PORT_CALLS: Final = frozenset({"check", "unit", "commit", "get", "find", "ask", "insert", "replace", "remove", "claim"})
"""What ``fail_next`` knows."""


class MemoryStorage:
    """A database in this process, for these records. ``clock`` measures deadlines and leases; without one the machine's own does."""

    def __init__(self, *, records: Iterable[type[Record]], clock: Clock | None = None) -> None:
        known = tuple(dict.fromkeys(records))
        blueprints = {record: Blueprint(record, known) for record in known}
        self._ground = Ground(
            blueprints, time.monotonic if clock is None else clock.monotonic, _machine_now if clock is None else clock.now
        )

    def session(self, *, deadline: float | None = None) -> "MemorySession":
        """A session for one request; ``deadline`` is in seconds of the monotonic clock."""
        return MemorySession(Work(self._ground, deadline))

    async def check(self) -> None:
        """Always in order, unless a test has asked for a fault."""
        self._ground.stumble("check")

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Let the next call of this name raise ``error`` before it does anything; several wait in line. ``ConfigurationError`` for another name."""
        if port_call not in PORT_CALLS:
            message = f"no port call is named {port_call!r}; there are {', '.join(sorted(PORT_CALLS))}"
            raise ConfigurationError(message)
        self._ground.faults.setdefault(port_call, []).append(error)

    def rows(self, record: type[Record]) -> tuple[dict[str, object], ...]:
        """What is committed of the record, in the order of the keys, as plain values: for tests and state comparisons, not for kernel code."""
        with self._ground.guard:
            kept = sorted(self._ground.committed.of(record).rows.items())
        return tuple(msgspec.to_builtins(row) for _, row in kept)

    def snapshot(self) -> Snapshot:
        """What is committed now, for ``restore``; it does not change with the storage."""
        with self._ground.guard:
            return {record: dict(self._ground.committed.of(record).rows) for record in self._ground.blueprints}

    def restore(self, snapshot: Snapshot) -> None:
        """Put the rows of the snapshot, of this or of another storage for the same records, in place of what is committed.

        Only what differs is touched, and no rule is checked again. ``ConfigurationError`` while a unit of work is open.
        """
        with self._ground.guard:
            self._refuse_open_units()
            for record in self._ground.blueprints:
                table, kept = self._ground.committed.of(record), snapshot.get(record, {})
                for key in [key for key, row in table.rows.items() if kept.get(key) is not row]:
                    table.place(key, UNTOUCHED)
                for key in kept.keys() - table.rows.keys():
                    table.place(key, kept[key])

    def clear(self) -> None:
        """Forget every committed row and every fault that was asked for. ``ConfigurationError`` while a unit of work is open."""
        self.restore({})
        self._ground.faults.clear()

    def _refuse_open_units(self) -> None:
        if self._ground.working:
            message = "a unit of work is open: leave it, or close its session, before the rows are replaced"
            raise ConfigurationError(message)


def _machine_now() -> datetime:
    return datetime.now(UTC)


class MemorySession:
    """One request's storage; its stores share one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def store(self, scope: Scope) -> MemoryStore:
        """A store for the scope."""
        return MemoryStore(self._work, scope)

    def unit(self, scope: Scope) -> "MemoryUnit":
        """A unit of work; inside another one it is a savepoint."""
        return MemoryUnit(self._work, scope)

    def in_unit(self) -> bool:
        """Whether a unit is open."""
        return bool(self._work.levels)

    async def close(self) -> None:
        """Roll back what is open; every later call is refused."""
        if self._work.levels:
            self._work.leave(self._work.levels[0])
        self._work.closed = True


class MemoryUnit:
    """A unit of work and the block around it; left without commit, it is rolled back."""

    def __init__(self, work: Work, scope: Scope) -> None:
        self.scope = scope
        self._work = work
        self._level: Level | None = None

    async def __aenter__(self) -> Self:
        self._work.enter("unit")
        self._level = self._work.begin()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._level is not None:
            self._work.leave(self._level)

    async def commit(self) -> None:
        """Make it visible to everybody. ``StaleVersion``, ``NotFound`` or ``Conflict`` when another unit came first; then nothing is written."""
        self._work.enter("commit")
        self._work.commit(self._open())

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` when the outermost unit has committed."""
        self._open().callbacks.append(callback)

    def _open(self) -> Level:
        if self._level is None or self._level not in self._work.levels:
            message = "the unit of work is over: it was committed, rolled back, or never entered"
            raise ConfigurationError(message)
        return self._level
