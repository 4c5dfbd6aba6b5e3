"""Looks for what is B's wherever somebody else can see: lists and rows of A, public documents, the log and the metrics. It knows no operation by name."""

from collections.abc import Callable, Iterator

import msgspec

from kingpost.conformance.asking import ANY, asked, body_of
from kingpost.conformance.cases.case import Step
from kingpost.conformance.cases.player import curl, exchange_of
from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.target import Capability, Exchange, Reply
from kingpost.conformance.world import CANARY, World
from kingpost.kernel.operations import Operation

from .plans import MANNERS, STALE
from .probing import require_nothing_of_b
from .rows import grounds, own_path, secrets_of_b

_PUBLIC = ("/metrics", "/openapi.json", "/docs", "/livez", "/readyz", "/problems/not-found", "/nothing")
_QUERIES = ("", "?limit=1", "?limit=200")


def checks_of_canary(kit: Kit) -> Iterator[Check]:
    """What A sees by each reading operation, what everybody sees, what the machine notes down."""
    for operation in kit.operations:
        if operation.scope == "tenant" and operation.method == "GET":
            yield Check(
                id=f"isolation.canary.{operation.id}",
                component="isolation",
                law=f"{operation.method} {operation.path}: B finds its canary where A finds nothing of B's.",
                run=_seen_by(operation),
            )
    yield Check(
        id="isolation.canary.public",
        component="isolation",
        law="Nothing of a tenant is in what everybody may read.",
        run=_seen_by_everybody,
    )
    yield Check(
        id="isolation.canary.told",
        component="isolation",
        law="No content of a row and no credential is in the log or in the metrics, whatever is asked and by whom.",
        run=_told,
        needs=frozenset({Capability.BACK_DOOR}),
    )


def _sent(arena: Arena, names: World, step: Step) -> tuple[Reply, Exchange]:
    exchange = exchange_of(step, names, request_id="canary")
    return arena.target.send(exchange), exchange


def _seen_by(operation: Operation) -> Callable[[Arena], str]:
    queries = _QUERIES if operation.paged else _QUERIES[:1]

    def run(arena: Arena) -> str:
        names, count = grounds(arena), 0
        for query in queries:
            of_b, exchange = _sent(arena, names, asked(operation, own_path(operation, "b") + query, key="b.key"))
            if not any(secret in of_b.body.decode() for secret in secrets_of_b(names)):
                raise AssertionError(f"B does not find what is its own: {of_b.status} {of_b.body!r}\n{curl(exchange)}")
            for key in ("a.key", "empty.key"):
                for manner in MANNERS:
                    reply, exchange = _sent(arena, names, asked(operation, own_path(operation, "a") + query, key=key, headers=manner))
                    require_nothing_of_b(reply, names, exchange)
                    count += 1
        return f"{count} answers"

    return run


def _seen_by_everybody(arena: Arena) -> str:
    names = grounds(arena)
    for path in _PUBLIC:
        for key in (None, "a.key"):
            reply, exchange = _sent(arena, names, Step(target=path, key=key, headers=(("accept", "*/*"),), expect=ANY))
            require_nothing_of_b(reply, names, exchange)
    return f"{2 * len(_PUBLIC)} answers"


def _told(arena: Arena) -> str:
    """Everything is asked by everybody, some of it with a failing store; then the log and the metrics are read."""
    door, names = arena.target.door, grounds(arena)
    if door is None:
        raise AssertionError("a target with the capability back-door has a door")
    for operation in arena.kit.operations:
        for key in ("a.key", "b.key", "platform.key", None):
            for tenant in ("a", "b"):
                _sent(arena, names, asked(operation, own_path(operation, tenant), key=key, etag=STALE, body=_canaried(operation)))
    arena.spoil()
    told = door.told()
    for secret in (CANARY, *(value for name, value in names.items() if name.endswith(".key"))):
        if secret in told:
            line = next(line for line in told.splitlines() if secret in line)
            raise AssertionError(f"the log or the metrics hold {secret!r}: {line}")
    return f"{len(told)} characters"


def _canaried(operation: Operation) -> bytes | None:
    """A refused body that says something of B's."""
    return msgspec.json.encode({**body_of(operation), "colour": CANARY}) if operation.body is not None else None
