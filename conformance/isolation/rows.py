"""The rows of tenants A and B that probes name, and how they come to be. It knows how operations are declared, none of them by name."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct

from kingpost.conformance.asking import Text, Way, asked, body_of, found, ids, path_ids, path_of, put, texts
from kingpost.conformance.cases.player import exchange_of
from kingpost.conformance.check import Arena, Kit
from kingpost.conformance.target import Reply, Target
from kingpost.conformance.world import CANARY, World
from kingpost.kernel.operations import Operation

TENANTS: Final = ("a", "b")
IN_THE_WORLD: Final[Mapping[str, int]] = {"ten": 1, "spc": 2}
"""How many rows of each prefix the world has of either tenant: itself, a specimen and a part of it."""
CREATED: Final = 201
NEVER: Final = "01h455vb4pex5vsknk084sn02q"
"""The digits of ids that no row ever had."""

_ID: Final = re.compile(r"([a-z_]+)_[0-7][0-9a-hjkmnp-tv-z]{25}")
_GROUNDS: Final[WeakKeyDictionary[Arena, tuple[World, World]]] = WeakKeyDictionary()
"""Of each arena the world as it came, and the same with the names of the rows."""


def grounds(arena: Arena) -> World:
    """The world of the arena with more names: ``b.spc.0`` and ``b.spc.0.etag`` for rows of B, ``absent.spc`` for what never was."""
    world = arena.world()
    known = _GROUNDS.get(arena)
    if known is None or known[0] is not world:
        known = _GROUNDS[arena] = (world, _named(arena, world))
    return known[1]


class Maker(Struct, frozen=True):
    """An operation of tenants that creates a row, the place of the new id in its answer, and the id's prefix."""

    operation: Operation
    way: Way
    prefix: str


def makers(kit: Kit) -> tuple[Maker, ...]:
    """One for each kind of row of which the world has none."""
    known: dict[str, Maker] = {}
    for operation in kit.operations:
        creates = operation.scope == "tenant" and (operation.location is not None or operation.status == CREATED)
        made = next(iter(ids(operation.returns)), None) if creates else None
        if made is not None and made.prefix is not None and made.prefix not in IN_THE_WORLD:
            known.setdefault(made.prefix, Maker(operation, made.way, made.prefix))
    return tuple(known.values())


def counts(kit: Kit) -> dict[str, int]:
    """How many rows of each prefix either tenant has."""
    return {**IN_THE_WORLD, **{maker.prefix: 1 for maker in makers(kit)}}


def secrets_of_b(names: World) -> tuple[str, ...]:
    """What tells something of B wherever it is seen: the canary, its key, its slug, the digits of its ids."""
    of_ids = (value.rpartition("_")[2] for name, value in names.items() if name.startswith("b.") and _ID.fullmatch(value))
    return tuple(dict.fromkeys((CANARY, names["b.key"], names["b.slug"], *of_ids)))


def _named(arena: Arena, world: World) -> World:
    names = {**world, "absent.slug": "no-such-tenant"}
    for tenant in TENANTS:
        names |= _of_world(world, tenant)
    for prefix in counts(arena.kit):
        names |= {f"absent.{prefix}": f"{prefix}_{NEVER}", f"absent.{prefix}.etag": f'"{NEVER}-1"'}
    waiting = makers(arena.kit)
    while waiting:
        able = [maker for maker in waiting if all(f"a.{prefix}.0" in names for prefix in _wanted(maker.operation))]
        if not able:
            raise AssertionError(f"no row can be made by {[maker.operation.id for maker in waiting]}: they need ids of one another")
        for maker, tenant in product(able, TENANTS):
            names |= _made(arena.target, names, tenant, maker)
        waiting = tuple(maker for maker in waiting if maker not in able)
    return names


def _of_world(world: World, tenant: str) -> World:
    """The rows that the world has already."""
    names: World = {}
    numbers: dict[str, int] = {}
    for name, value in world.items():
        shape = _ID.fullmatch(value)
        if shape is None or not name.startswith(f"{tenant}."):
            continue
        number = numbers[shape[1]] = numbers.get(shape[1], -1) + 1
        etag = world.get(f"{name}.etag", world[f"{tenant}.etag"])
        names |= {f"{tenant}.{shape[1]}.{number}": value, f"{tenant}.{shape[1]}.{number}.etag": etag}
    return names


def _wanted(operation: Operation) -> Iterator[str]:
    """The prefixes of the ids without which the operation cannot be asked."""
    yield from (prefix for prefix in path_ids(operation) if prefix is not None)
    yield from (text.prefix for text in _ids_sent(operation) if text.prefix is not None)


def _ids_sent(operation: Operation) -> Iterator[Text]:
    return (text for text in ids(operation.body) if found(body_of(operation), text.way) is not None)


def own_path(operation: Operation, tenant: str) -> str:
    """The path about the tenant's own rows: the first of a prefix, then the second."""
    return path_of(operation, tuple(f"<{name}>" for name in own_names(operation, tenant)))


def own_names(operation: Operation, tenant: str) -> tuple[str, ...]:
    """The names of the tenant's rows that the path is about; ``nonce`` for what is no id."""
    names: list[str] = []
    for prefix in path_ids(operation):
        number = min(sum(name.startswith(f"{tenant}.{prefix}.") for name in names), IN_THE_WORLD.get(prefix or "", 1) - 1)
        names.append("nonce" if prefix is None else f"{tenant}.{prefix}.{number}")
    return tuple(names)


def _made(target: Target, names: World, tenant: str, maker: Maker) -> World:
    """A row of the tenant, from the first example; B's has the canary in every free text."""
    operation, prefix = maker.operation, maker.prefix
    body = body_of(operation)
    for text in texts(operation.body):
        if text.prefix is not None and found(body, text.way) is not None:
            body = put(body, text.way, names[f"{tenant}.{text.prefix}.0"])
        elif tenant == "b" and text.free and (text.longest is None or text.longest >= len(CANARY)):
            body = put(body, text.way, CANARY)
    step = asked(operation, own_path(operation, tenant), key=f"{tenant}.key", body=msgspec.json.encode(body))
    reply = target.send(exchange_of(step, names, request_id="row"))
    id_ = found(reply.json(), maker.way)
    if reply.status != operation.status or not isinstance(id_, str):
        raise AssertionError(f"{operation.id}: its first example was refused, so that there is no row to ask about: {_told(reply)}")
    of_id = f'"{id_.rpartition("_")[2]}-1"'  # what has no version is asked about by the tag that it would have
    return {f"{tenant}.{prefix}.0": id_, f"{tenant}.{prefix}.0.etag": reply.one("etag") or of_id}


def _told(reply: Reply) -> str:
    return f"{reply.status} {reply.body!r}"
