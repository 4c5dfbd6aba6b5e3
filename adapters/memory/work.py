"""What a session has changed and not yet committed, and the ground it shares with all others. It knows visibility and locks, no scope.

A unit's changes lie on top of what is committed and are seen by its own session alone (READ COMMITTED). Two units may change the same
row: the first commit wins, the second is refused at its commit, with ``StaleVersion``, ``NotFound`` or ``Conflict``. Unversioned rows are
overwritten by the last commit, as everywhere. Nothing here ever suspends, so it runs driven, under asyncio and in threads alike.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias, TypeVar

from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion, Timeout, Unavailable
from kingpost.kernel.records import Record

from .blueprint import Blueprint
from .tables import UNTOUCHED, Tables, Untouched, View

R = TypeVar("R", bound=Record)

LONGEST_WAIT: Final = 5.0
"""Seconds that a thread waits for a row that a unit of another thread holds."""

Place: TypeAlias = tuple[type[Record], str]


class Ground:
    """What all sessions of a storage share: committed rows, locks, open units, the faults that tests ask for."""

    def __init__(
        self, blueprints: Mapping[type[Record], Blueprint[Record]], monotonic: Callable[[], float], now: Callable[[], datetime]
    ) -> None:
        self.blueprints = blueprints
        self.monotonic = monotonic
        self.now = now
        self.committed = Tables(blueprints)
        self.guard = threading.Condition(threading.RLock())
        self.locked: dict[Place, Work] = {}
        self.working: list[Work] = []
        """Those with an open unit."""
        self.faults: dict[str, list[BaseException]] = {}
        for record in blueprints:  # now, because two threads must not make the same table twice
            self.committed.of(record)

    def stumble(self, port_call: str) -> None:
        """Raise what a test has asked for."""
        waiting = self.faults.get(port_call)
        if waiting:
            raise waiting.pop(0)


class Level:
    """One unit of work of a session, outermost or nested: how to undo what it did, and what to call after the commit."""

    def __init__(self) -> None:
        self.undo: list[Callable[[], object]] = []
        self.callbacks: list[Callable[[], None]] = []


class Work:
    """The changes of one session. ``deadline`` is in seconds of the ground's monotonic clock."""

    def __init__(self, ground: Ground, deadline: float | None) -> None:
        self.ground = ground
        self.deadline = deadline
        self.levels: list[Level] = []
        self.closed = False
        self.changed = Tables(ground.blueprints)
        self._thread = 0
        self._before: dict[Place, Record | None] = {}
        """What was committed when the unit first changed a row."""
        self._view = View(ground.committed, self.changed)

    def enter(self, port_call: str) -> None:
        """What precedes every call: the fault a test asked for, the deadline, the session's end."""
        ground = self.ground
        if ground.faults:
            ground.stumble(port_call)
        if self.deadline is not None and ground.monotonic() >= self.deadline:
            raise Timeout
        if self.closed:
            message = "the session is closed: open another one with storage.session()"
            raise ConfigurationError(message)

    def begin(self) -> Level:
        """Open a level."""
        with self.ground.guard:
            if not self.levels:
                self._thread = threading.get_ident()
                self.ground.working.append(self)
            level = Level()
            self.levels.append(level)
        return level

    def look(self, record: type[R], key: str) -> R | None:
        """The row at the key, as this session sees it."""
        if not self.levels:
            return self.ground.committed.of(record).rows.get(key)
        with self.ground.guard:
            return self._view.row(record, key)

    def every(self, record: type[Record]) -> list[Record]:
        """All rows of the record, as this session sees them. The caller holds the guard."""
        committed, mine = self.ground.committed.of(record).rows, self.changed.of(record).rows if self.levels else {}
        return [row for row in {**committed, **mine}.values() if row is not None]

    def lock(self, record: type[Record], key: str) -> None:
        """Hold the row until the unit ends. A unit of another thread is waited for; one of this thread cannot end meanwhile: ``Unavailable``."""
        place = (record, key)
        self._wait(lambda: self._holder(place) or self._writer(place))
        if place not in self.ground.locked:
            self.ground.locked[place] = self
            self.levels[-1].undo.append(partial(self.ground.locked.pop, place, None))

    def is_free(self, record: type[Record], key: str) -> bool:
        """Whether no other unit holds the row or has changed it."""
        place = (record, key)
        return self._holder(place) is None and self._writer(place) is None

    def wait_to_write(self, record: type[Record], key: str) -> None:
        """Return when nobody else holds the row with a lock."""
        if self.ground.locked:
            self._wait(lambda: self._holder((record, key)))

    def write(self, record: type[Record], key: str, row: Record | None) -> None:
        """Let ``row`` stand at ``key`` (None: nothing), in the open unit or at once. The caller has waited and decided under the guard."""
        self._view.verify((record, key, row))
        committed = self.ground.committed.of(record)
        if not self.levels:
            committed.place(key, UNTOUCHED if row is None else row)
            return
        table = self.changed.of(record)
        past = table.rows.get(key, UNTOUCHED)
        if isinstance(past, Untouched):
            self._before[(record, key)] = committed.rows.get(key)
        self.levels[-1].undo.append(partial(table.place, key, past))
        table.place(key, row)

    def commit(self, level: Level) -> None:
        """Hand a nested level's changes to the one around it, or make everything visible together."""
        if level is not self.levels[-1]:
            message = "an inner unit of work is still open: commit or leave it first"
            raise ConfigurationError(message)
        if len(self.levels) > 1:
            self.levels.pop()
            self.levels[-1].undo += level.undo
            self.levels[-1].callbacks += level.callbacks
            return
        with self.ground.guard:
            self._publish()
            self._end()
        for callback in level.callbacks:
            callback()

    def leave(self, level: Level) -> None:
        """Roll the level back, and those inside it; nothing happens where it has been committed."""
        with self.ground.guard:
            if level not in self.levels:
                return
            while level in self.levels:
                for undo in reversed(self.levels.pop().undo):
                    undo()
            if not self.levels:
                self._end()

    def _publish(self) -> None:
        changes = [change for change in self.changed.changes() if change[2] is not None or self._before[change[:2]] is not None]
        for record, key, _ in changes:
            self._verify_not_overtaken(record, key)
        for change in changes:
            self._view.verify(change)
        for record, key, row in changes:
            self.ground.committed.of(record).place(key, UNTOUCHED if row is None else row)

    def _verify_not_overtaken(self, record: type[Record], key: str) -> None:
        before, current = self._before[(record, key)], self.ground.committed.of(record).rows.get(key)
        if current is before:
            return
        if before is None:
            raise Conflict(params={"rule": self.ground.blueprints[record].same_key})
        if current is None:
            raise NotFound
        if self.ground.blueprints[record].versioned:
            raise StaleVersion

    def _end(self) -> None:
        """The outermost unit is over: give back locks, wake who waits."""
        self.levels.clear()
        self.changed.clear()
        self._before.clear()
        ground = self.ground
        ground.working.remove(self)
        for place in [place for place, holder in ground.locked.items() if holder is self]:
            del ground.locked[place]
        ground.guard.notify_all()

    def _holder(self, place: Place) -> "Work | None":
        holder = self.ground.locked.get(place)
        return None if holder is self else holder

    def _writer(self, place: Place) -> "Work | None":
        record, key = place
        others = (work for work in self.ground.working if work is not self)
        return next((work for work in others if key in work.changed.of(record).rows), None)

    def _wait(self, blocker: "Callable[[], Work | None]") -> None:
        ground = self.ground
        patience = ground.monotonic() + LONGEST_WAIT
        until = patience if self.deadline is None else min(patience, self.deadline)
        while (other := blocker()) is not None:
            left = until - ground.monotonic()
            if other._thread == threading.get_ident() or left <= 0 or not ground.guard.wait(left):  # noqa: SLF001  (another of this class)
                message = "another unit of work holds the row: try again when it has ended"
                raise Unavailable(message)
