"""How any operation is asked, read from its declaration: its path, a body that it accepts, the rows it is about. It knows types, no operation by name."""

from collections.abc import Mapping
from typing import Final, get_type_hints

import msgspec
from msgspec import Struct

from kingpost.conformance.cases.case import Expect, Pairs, Step
from kingpost.conformance.cases.player import exchange_of
from kingpost.conformance.target import Exchange, Reply, Target
from kingpost.conformance.world import World
from kingpost.kernel.operations import Operation
from tests.conformance.targets import RECORDS, MemoryTarget

OPERATIONS: Final = MemoryTarget().bench.kernel.registry.operations
OF_TENANTS: Final = tuple(operation for operation in OPERATIONS if operation.scope == "tenant")
OF_THE_PLATFORM: Final = tuple(operation for operation in OPERATIONS if operation.scope == "platform")
CLOSED: Final = (*OF_TENANTS, *OF_THE_PLATFORM)
"""Everything that asks who is calling."""

KINDS: Final[Mapping[str, str]] = {"prd": "product", "ten": "tenant"}
"""What the ids of a prefix are called in the world: ``<absent.product>``."""
OWN: Final[Mapping[str, str]] = {"product": "<{whose}.product>", "tenant": "<{whose}.id>"}


def id_kind(operation: Operation) -> str | None:
    """What the id in the path is an id of; None where there is none."""
    found = [KINDS[prefix] for prefix in _prefixes(operation.path_parameters)]
    return found[0] if found else None


def _prefixes(type_: type[Struct] | None) -> tuple[str, ...]:
    """The prefixes of the fields that hold a TypeID."""
    hints = {} if type_ is None else get_type_hints(type_, include_extras=True)
    metas = (meta for hint in hints.values() for meta in getattr(hint, "__metadata__", ()))
    return tuple(meta.extra["typeid"] for meta in metas if isinstance(meta, msgspec.Meta) and "typeid" in (meta.extra or {}))


def references(operation: Operation) -> tuple[str, ...]:
    """The prefixes of the ids that the operation takes in its body or query."""
    return (*_prefixes(operation.body), *_prefixes(operation.query))


def target_of(operation: Operation, *, whose: str) -> str:
    """The path about a row of ``a`` or ``b``, about one that is ``absent``, or with an id that is ``malformed``."""
    kind = id_kind(operation)
    if kind is None:
        return operation.path.format(code="not-found")
    chosen = {"absent": f"<absent.{kind}>", "malformed": "PRD_'%20OR%201=1"}.get(whose) or OWN[kind].format(whose=whose)
    return operation.path[: operation.path.index("{")] + chosen + operation.path[operation.path.index("}") + 1 :]


def body_of(operation: Operation, **more: object) -> bytes:
    """The body of the operation's first example, with further fields; empty where it takes none."""
    if operation.body is None:
        return b""
    example = next(example.body for example in operation.examples if example.body is not None)
    return msgspec.json.encode({**example, **more})


def asked(
    operation: Operation,
    world: World,
    *,
    whose: str = "a",
    path: str | None = None,
    key: str | None = "a.key",
    method: str | None = None,
    body: bytes | None = None,
    etag: str | None = '"x-1"',
    headers: Pairs = (),
) -> Exchange:
    """The bytes of a request for the operation, complete as a client's who knows it, but for what the arguments say."""
    sent = body_of(operation) if body is None else body
    tags: Pairs = (("if-match", etag),) if operation.if_match and etag is not None else ()
    media: Pairs = (("accept", "*/*"),)
    step = Step(
        method=method or operation.method,
        target=path or target_of(operation, whose=whose),
        key=key,
        headers=(*tags, *media, *headers),
        body=sent,
        expect=Expect(status=200),
    )
    return exchange_of(step, world, request_id="every-operation")


def rows(target: Target) -> tuple[object, ...]:
    """Everything that is stored."""
    assert target.door is not None
    return tuple(target.door.rows(record) for record in RECORDS)


def refusal(reply: Reply) -> tuple[int, object]:
    """Status and code of a problem document."""
    return reply.status, reply.json().get("code")


def pointers(reply: Reply) -> list[str]:
    """Where the errors of a problem document are."""
    return [str(error["pointer"]) for error in msgspec.convert(reply.json()["errors"], list[dict[str, object]])]


def key_for(operation: Operation) -> str:
    """The credential that the operation wants."""
    return "platform.key" if operation.scope == "platform" else "a.key"
