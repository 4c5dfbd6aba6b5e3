"""How any operation is asked in the small world of the stage: two tenants with rows of every kind. It knows declarations, no operation but those of tenancy."""

from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, get_type_hints

import msgspec
from msgspec import Struct

from kingpost.conformance.world import exchange_headers
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record
from kingpost.kernel.replies import entity_tag
from kingpost.kernel.wire import RawReply, RawRequest

from .stage import Stage

Actor: TypeAlias = Literal["platform", "a", "b"]
TENANTS: Final[tuple[Actor, Actor]] = ("a", "b")
_EMPTY: Final[Mapping[str, object]] = {}
ABSENT: Final = "01h455vb4pex5vsknk084sn02q"
"""The suffix of an id that nobody has."""


class Asked(Struct, frozen=True, kw_only=True):
    """A request, by whom it is made and for what."""

    operation: Operation
    actor: Actor
    request: RawRequest
    body: Mapping[str, object] = {}
    rows: tuple[str, ...] = ()
    """The ids in the path; the last is the one that is changed or read."""

    def __str__(self) -> str:
        return f"{self.operation.id} by {self.actor}"

    @property
    def shown(self) -> str:
        """The request line and the body."""
        return f"{self} {self.request.method} {self.request.path.decode()} {self.request.body.decode()}"

    @property
    def reads(self) -> bool:
        """Whether it must not change any row."""
        return not changes(self.operation)

    @property
    def changes(self) -> bool:
        """Whether some row must be another one after its success; where there is no unit of work, something else may be what it does."""
        return changes(self.operation) and self.operation.unit

    @property
    def removes(self) -> str:
        """The key of the row that is gone after its success, or nothing."""
        return self.rows[-1] if self.operation.method == "DELETE" and self.rows else ""

    def start(self, kernel: Kernel) -> Coroutine[Any, Any, RawReply]:
        """Send it."""
        return kernel.answer(self.request)

    def statuses(self, stage: Stage) -> frozenset[int]:
        """The statuses that the OpenAPI document names."""
        return stage.statuses[self.operation.id]


class Cast:
    """Who and what there is: the credentials, and for each owner the ids of each kind in the order in which they were made."""

    def __init__(self, stage: Stage, components: tuple[Component, ...]) -> None:
        """Make the tenants and, with the operations that create something, rows of everything."""
        self.stage = stage
        self.operations = tuple(operation for component in components for operation in component.operations)
        self.keys: dict[Actor, str] = {"platform": stage.platform_key}
        self.ids: dict[tuple[Actor, str], list[str]] = {}
        self._names = frozenset(name for component in components for record in component.records for name in _unique_fields(record))
        self._records = {prefix: record for component in components for record in component.records for prefix in _prefixes_of_key(record)}
        for actor in TENANTS:
            self._admit(actor)
        for operation in self.operations:
            if creates(operation) and operation.scope == "tenant":
                for actor in TENANTS:
                    self._fill(operation, actor)
        self.scene = stage.keep()

    def ask(
        self,
        operation: Operation,
        actor: Actor | None = None,
        *,
        body: Mapping[str, object] | None = None,
        rows: tuple[str, ...] | None = None,
        etag: str | None = None,
    ) -> Asked:
        """The request for the operation: about the first row that fits, with the first example's body and the current tag, but for what is said."""
        who: Actor = actor or ("a" if operation.scope == "tenant" else "platform")
        ids = rows if rows is not None else self.rows_for(operation, who)
        content = body if body is not None else self.body_of(operation)
        tag = etag if etag is not None else self.etag(ids[-1]) if ids and operation.if_match else None
        return Asked(operation=operation, actor=who, request=self._request(operation, who, ids, content, tag), body=content, rows=ids)

    def again(self, asked: Asked) -> Asked:
        """The same request, with the tag that is current now."""
        return self.ask(asked.operation, asked.actor, body=asked.body, rows=asked.rows)

    def named(self, id_: str) -> Operation:
        """The operation with this id."""
        return next(operation for operation in self.operations if operation.id == id_)

    def body_of(self, operation: Operation) -> Mapping[str, object]:
        """The body of the first example; empty where there is none."""
        return next((example.body for example in operation.examples if example.body is not None), _EMPTY)

    def rows_for(self, operation: Operation, actor: Actor) -> tuple[str, ...]:
        """An id for each parameter of the path: of one kind the rows that were made last, in the order in which they were made."""
        owner: Actor = actor if actor != "platform" else "a"
        wanted = prefixes(operation.path_parameters)
        found: list[str] = []
        for at, prefix in enumerate(wanted):
            known = self.ids.get((owner, prefix), [])
            behind = wanted[at + 1 :].count(prefix)
            found.append(known[-1 - behind] if behind < len(known) else f"{prefix}_{ABSENT}")
        return tuple(found)

    def bodies(self, operation: Operation, actor: Actor) -> tuple[Mapping[str, object], ...]:
        """The example's body; the same with each id that it may hold; and with each unique value that others are about to take."""
        example = self.body_of(operation)
        owner: Actor = actor if actor != "platform" else "a"
        more: list[Mapping[str, object]] = [
            {**example, name: self.ids[(owner, prefix)][-1]} for name, prefix in ids_in(operation.body) if (owner, prefix) in self.ids
        ]
        taken = self._taken_by_creation(operation)
        more += [{**example, name: value} for name, value in taken.items() if name not in example and name in _fields(operation.body)]
        return (example, *more)

    def variants(self, operation: Operation) -> tuple[Asked, ...]:
        """The requests for the operation that are worth holding against others, from where the rows stand now."""
        who: Actor = "a" if operation.scope == "tenant" else "platform"
        return tuple(self.ask(operation, who, body=body) for body in self.bodies(operation, who))

    def _taken_by_creation(self, operation: Operation) -> dict[str, object]:
        """The unique values of what the operations of the same component create."""
        component = operation.id.partition(".")[0]
        creators = [other for other in self.operations if creates(other) and other.id.startswith(f"{component}.")]
        return {name: value for other in creators for name, value in self.body_of(other).items() if name in self._names}

    def etag(self, id_: str) -> str:
        """The current tag of the row; that of no row where there is none."""
        record = self._records.get(id_.partition("_")[0])
        rows = self.stage.records(record) if record is not None and record.facts.versioned else ()
        return next((entity_tag(row) for row in rows if getattr(row, row.facts.key) == id_), '"x-1"')

    def varied(self, body: Mapping[str, object], number: int) -> dict[str, object]:
        """The body with other values where values are unique."""
        return {name: f"{value}-{number}" if name in self._names and isinstance(value, str) else value for name, value in body.items()}

    def _request(
        self, operation: Operation, actor: Actor, ids: tuple[str, ...], body: Mapping[str, object], etag: str | None
    ) -> RawRequest:
        content = msgspec.json.encode(body) if operation.body is not None else b""
        headers = exchange_headers(self.keys.get(actor), request_id="stepping", json=bool(content))
        path = operation.path
        for name, id_ in zip(_fields(operation.path_parameters), ids, strict=False):
            path = path.replace(f"{{{name}}}", id_)
        return RawRequest(
            method=operation.method,
            path=path.encode(),
            query=b"",
            headers=(*headers, (b"if-match", etag.encode())) if etag is not None else headers,
            body=content,
        )

    def _admit(self, actor: Actor) -> None:
        """Make a tenant."""
        reply = self._made(self.ask(self.named("tenancy.tenants.create"), body={"slug": f"tenant-{actor}", "name": f"Tenant {actor}"}))
        made = msgspec.json.decode(reply.body, type=dict[str, object])
        self.keys[actor] = str(made["key"])
        self.ids[(actor, "ten")] = [str(msgspec.convert(made["tenant"], dict[str, object])["id"])]

    def _fill(self, operation: Operation, actor: Actor) -> None:
        """Make a row, and one that refers to it where rows can refer to rows."""
        body = self.varied(self.body_of(operation), 1)
        first = self._remember(actor, self._made(self.ask(operation, actor, body=body)))
        for name, prefix in ids_in(operation.body):
            if first.startswith(f"{prefix}_"):
                body = {**self.varied(self.body_of(operation), 2), name: first}
                self._remember(actor, self._made(self.ask(operation, actor, body=body)))

    def _made(self, asked: Asked) -> RawReply:
        reply = self.stage.ask(asked.request)
        if reply.status >= 300:
            message = f"{asked}: {reply.status} while the world of the stage was made; its first example must be accepted: {reply.body!r}"
            raise AssertionError(message)
        return reply

    def _remember(self, actor: Actor, reply: RawReply) -> str:
        made = str(msgspec.json.decode(reply.body, type=dict[str, object]).get("id", ""))
        self.ids.setdefault((actor, made.partition("_")[0]), []).append(made)
        return made


def creates(operation: Operation) -> bool:
    """Whether the operation makes something new that has an address."""
    return operation.location is not None and operation.method == "POST"


def changes(operation: Operation) -> bool:
    """Whether the operation may change rows."""
    return operation.method != "GET"


def prefixes(type_: type[Struct] | None) -> tuple[str, ...]:
    """The kinds of the ids in a Struct's own fields, in order."""
    return tuple(prefix for _, prefix in ids_in(type_))


def ids_in(type_: type[Struct] | None) -> Iterator[tuple[str, str]]:
    """The fields of a Struct that hold an id, each with the prefix of its kind."""
    hints = {} if type_ is None else get_type_hints(type_, include_extras=True)
    for name, hint in hints.items():
        for meta in _metas(hint):
            if "typeid" in (meta.extra or {}):
                yield name, (meta.extra or {})["typeid"]


def _metas(hint: object) -> Iterator[msgspec.Meta]:
    yield from (meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta))
    for argument in getattr(hint, "__args__", ()):
        yield from _metas(argument)


def _fields(type_: type[Struct] | None) -> tuple[str, ...]:
    return () if type_ is None else type_.__struct_fields__


def _unique_fields(record: type[Record]) -> Iterator[str]:
    yield from (field for unique in record.facts.unique for field in unique.fields)


def _prefixes_of_key(record: type[Record]) -> Iterator[str]:
    yield from (prefix for name, prefix in ids_in(record) if name == record.facts.key)
