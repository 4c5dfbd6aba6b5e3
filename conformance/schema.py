"""The gate: every migration history makes the tables that the records say, on every database. It knows names and what is told of tables; it runs no SQL."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol, TypeAlias, cast

from kingpost.adapters.memory import MemoryClock
from kingpost.kernel.component import Component
from kingpost.kernel.records import Record

from .backend import Backend
from .check import Arena, Check, Kit, Skipped
from .target import Unreachable
from .targets import BACKENDS, find_backend, load

HISTORIES: Final = "kingpost.histories"
"""The entry point group: ``mine = "package.module:function"``, where the function is a ``History``."""

History: TypeAlias = Callable[[str, tuple[Component, ...]], object]
"""Brings the empty database behind the URL to the newest revision of every component."""
Schema: TypeAlias = Mapping[str, object]
"""Table -> what it is made of, by kind and name. Equal for databases that nobody can tell apart."""

_NOT_THERE: Final = "not there"


class Described(Backend, Protocol):
    """A backend whose databases have a schema."""

    def describe(self, url: str) -> Schema:
        """Every table of ours: columns (type, length, collation, null, default), key, uniques, indexes, references, checks.

        Left out is what makes no difference: the order of columns, names of primary keys, and how the database spells a type.
        """
        ...


def checks(kit: Kit) -> tuple[Check, ...]:
    """One check for each backend that has tables."""
    return tuple(
        Check(
            id=f"schema.{name}",
            component="schema",
            law=f"Every migration history makes on {name} the tables that the records say: columns, types, lengths, nulls, defaults, keys, indexes.",
            run=partial(_try, name),
            once=True,
        )
        for name in sorted(entry_points(group=BACKENDS).names)
        if name != "memory"
    ) * bool(kit.records)


def _try(name: str, arena: Arena) -> str:
    try:
        backend = find_backend(name)
        if not hasattr(backend, "describe"):
            raise Skipped(f"the backend {name} tells nothing of its tables")
        histories = {each: load(HISTORIES, "history", each) for each in sorted(entry_points(group=HISTORIES).names)}
        with TemporaryDirectory(prefix="kingpost-kit-") as folder, backend.scratch(Path(folder)):
            pass  # there is a server
    except Unreachable as error:
        kind = AssertionError if os.environ.get("KINGPOST_REQUIRE_SERVICES") == "1" else Skipped
        raise kind(str(error)) from None
    return judge(cast("Described", backend), histories, arena.kit)


def judge(backend: Described, histories: Mapping[str, History], kit: Kit) -> str:
    """How many tables are equal; ``AssertionError`` with every difference from the records."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kingpost-kit-")))

        def made(make: Callable[[str], object]) -> Schema:
            url = stack.enter_context(backend.scratch(folder))
            make(url)
            return backend.describe(url)

        said = made(lambda url: asyncio.run(_made_from(backend, url, kit.records)))
        found = {name: made(partial(_migrated, history, kit.components)) for name, history in histories.items()}
    unlike = [f"{name}: {line}" for name, schema in found.items() for line in _unlike("", said, schema)]
    if unlike or not said:
        raise AssertionError("\n".join((f"the histories do not make the tables that the records say, on {backend.name}", *unlike)))
    return f"{len(said)} tables, the same from the records and by {' and '.join(histories)}"


async def _made_from(backend: Backend, url: str, records: Iterable[type[Record]]) -> None:
    """The tables without a history, as the backend makes them for a target."""
    storage = await backend.open(url, records=records, clock=MemoryClock())
    close = getattr(storage, "close", None)
    if close is not None:
        await close()


def _migrated(history: History, components: tuple[Component, ...], url: str) -> None:
    history(url, components)


def _unlike(place: str, said: object, found: object) -> Iterator[str]:
    """Every difference, with its place."""
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        ours, theirs = cast("Schema", said), cast("Schema", found)
        for name in sorted({*ours, *theirs}):
            yield from _unlike(f"{place}.{name}".lstrip("."), ours.get(name, _NOT_THERE), theirs.get(name, _NOT_THERE))
    elif isinstance(said, list) and isinstance(found, list):
        mine, yours = cast("Sequence[object]", said), cast("Sequence[object]", found)
        yield from (f"{place} lacks {each}" for each in mine if each not in yours)
        yield from (f"{place} has {each} besides" for each in yours if each not in mine)
    elif said != found:
        yield f"{place} is {found}; the records say {said}"
