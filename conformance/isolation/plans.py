"""What is probed, as data: every operation, every channel that carries an id, every value of another tenant. It knows how operations are declared, no target.

A probe is a request that names something of B, held against the same request about something that never was. A plan is all probes of one
operation and one channel: the product of what is named, who asks, how and in which manner. Where a profile wants fewer, the plainest come
first: all that vary in one respect, then in two.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import prod
from random import Random
from typing import Final, TypeAlias, cast

import msgspec
from msgspec import Struct

from kingpost.conformance.asking import Way, asked, body_of, ids, path_ids, path_of, put, wrong_body
from kingpost.conformance.cases.case import Pairs, Step
from kingpost.conformance.check import Kit
from kingpost.kernel.operations import Operation

from .rows import counts, own_names, own_path

STALE: Final = '"x-1"'
"""A tag that nothing has."""
JUNK: Final = "x"
"""What is no tag."""
UNDECLARED: Final = ("tenant_id", "tenant", "owner_id")
"""Names under which other systems take the tenant."""
MANNERS: Final[tuple[Pairs, ...]] = (
    (),
    (("tenant", "<a.id>"),),
    (("tenant", "<a.slug>"),),
    (("api-version", "2020-01-01"),),
    (("accept", "text/html"),),
)
"""What else a client may say."""
_OTHER_METHODS: Final = ("HEAD", "OPTIONS", "PUT", "BREW")


class Probe(Struct, frozen=True, kw_only=True):
    """A request, and what its names stand for: something of B, or the same of nobody."""

    step: Step
    foreign: Mapping[str, str]
    absent: Mapping[str, str]


class Thing(Struct, frozen=True, kw_only=True):
    """What is named: the place where, and the names of the values there."""

    place: str
    foreign: Mapping[str, str]
    absent: Mapping[str, str]


class Shape(Struct, frozen=True, kw_only=True):
    """How it is asked."""

    method: str
    headers: Pairs = ()
    body: bytes = b""
    query: str = ""


Caller: TypeAlias = str | None
Make: TypeAlias = Callable[[Thing, Caller, Shape, Pairs], Step]


class Plan(Struct, frozen=True, kw_only=True):
    """All probes of one operation through one channel."""

    channel: str
    operation: Operation
    law: str
    things: tuple[Thing, ...]
    callers: tuple[Caller, ...]
    shapes: tuple[Shape, ...]
    make: Make
    manners: tuple[Pairs, ...] = MANNERS

    @property
    def size(self) -> int:
        """How many probes there are."""
        return prod(map(len, (self.things, self.callers, self.shapes, self.manners)))

    def probes(self, most: int, seed: int) -> tuple[Probe, ...]:
        """The plainest of them; among equally plain ones the seed decides."""
        dimensions = (self.things, self.callers, self.shapes, self.manners)
        places = list(product(*(range(len(each)) for each in dimensions)))
        Random(seed).shuffle(places)  # noqa: S311  (nothing secret: which of equally plain probes are sent)
        places.sort(key=lambda place: sum(map(bool, place)))
        return tuple(self._probe(*place) for place in places[:most])

    def _probe(self, thing: int, caller: int, shape: int, manner: int) -> Probe:
        named = self.things[thing]
        step = self.make(named, self.callers[caller], self.shapes[shape], self.manners[manner])
        return Probe(step=step, foreign=named.foreign, absent=named.absent)


def plans(kit: Kit) -> tuple[Plan, ...]:
    """Every plan that the operations of the kit give."""
    closed = tuple(operation for operation in kit.operations if operation.scope != "public")
    makers = (_of_path, _of_body, _of_query, _of_cursor, _of_header, _of_tag)
    made = (make(operation, kit) for make in makers for operation in closed)
    return tuple(plan for plan in made if plan is not None and plan.size)


def share(wanted: int, sizes: Iterable[int]) -> int:
    """How many probes each plan must give at least, those that have fewer all of theirs, so that together they reach what is wanted."""
    known, most = sorted(sizes), 0
    for at, size in enumerate(known):
        rest = wanted - sum(known[:at])
        most = -(-rest // (len(known) - at))
        if most <= size:
            return max(most, 1)
    return max(known, default=0)


def _of_path(operation: Operation, kit: Kit) -> Plan | None:
    prefixes = path_ids(operation)
    if not any(prefixes):
        return None
    options = [_options(own, prefix, kit) for own, prefix in zip(own_names(operation, "a"), prefixes, strict=True)]
    things = tuple(_thing(operation, pairs) for pairs in product(*options) if any(foreign != absent for foreign, absent in pairs))
    return Plan(
        channel="path",
        operation=operation,
        law="Another tenant's id in the path is answered like one that never was, whoever asks and how.",
        things=tuple(sorted(things, key=lambda thing: tuple(thing.foreign.values()) != own_names(operation, "b"))),
        callers=_callers(operation),
        shapes=_shapes(operation, kit),
        make=lambda thing, caller, shape, manner: _step(operation, thing.place, caller, shape, manner),
    )


def _options(own: str, prefix: str | None, kit: Kit) -> tuple[tuple[str, str], ...]:
    """What may stand at one parameter: a row of B (or B's own id) and what never was; or a row of A, beside another's in the same path."""
    if prefix is None:
        return ((own, own),)
    return (*_foreign((prefix, "ten"), kit), (own, own))


def _foreign(prefixes: Iterable[str], kit: Kit) -> tuple[tuple[str, str], ...]:
    """The names of B's rows of these prefixes, each with what never was."""
    known = counts(kit)
    return tuple((f"b.{prefix}.{at}", f"absent.{prefix}") for prefix in dict.fromkeys(prefixes) for at in range(known.get(prefix, 0)))


def _thing(operation: Operation, pairs: tuple[tuple[str, str], ...]) -> Thing:
    return Thing(
        place=path_of(operation, tuple(f"<x{at}>" for at in range(len(pairs)))),
        foreign={f"x{at}": foreign for at, (foreign, _) in enumerate(pairs)},
        absent={f"x{at}": absent for at, (_, absent) in enumerate(pairs)},
    )


def _things(place: str, pairs: Iterable[tuple[str, str]]) -> tuple[Thing, ...]:
    return tuple(Thing(place=place, foreign={"x0": foreign}, absent={"x0": absent}) for foreign, absent in pairs)


def _callers(operation: Operation) -> tuple[Caller, ...]:
    """Who asks: A, and everybody else who must not see B. The platform may, on its own paths."""
    everybody = ("a.key", "empty.key", "suspended.key", "closed.key", None, "platform.key")
    return everybody[:-1] if operation.scope == "platform" else everybody


def _step(operation: Operation, target: str, caller: Caller, shape: Shape, manner: Pairs) -> Step:
    given = dict(manner)
    headers = (*(line for line in shape.headers if line[0] not in given), *manner)
    return asked(operation, target + shape.query, key=caller, method=shape.method, headers=headers, body=shape.body)


def _bodies(operation: Operation) -> tuple[bytes, ...]:
    """Bodies that the operation takes, and such as it refuses."""
    if operation.body is None:
        return (b"", b"{}")
    good = body_of(operation)
    return (*map(msgspec.json.encode, (good, {**good, "colour": "red"}, wrong_body(operation), [])), b"{", b"")


def _tags(operation: Operation) -> tuple[Pairs, ...]:
    """Preconditions: B's tag among them, and none."""
    name = "if-none-match" if operation.method == "GET" else "if-match"
    prefix = next((prefix for prefix in reversed(path_ids(operation)) if prefix is not None), "ten")
    of_b = f"<b.{prefix}.0.etag>"
    values = (STALE, of_b, f"W/{of_b}", f"{STALE}, {of_b}", f"<a.{prefix}.0.etag>", "*", JUNK)
    return (*(((name, value),) for value in values), ())


def _shapes(operation: Operation, kit: Kit) -> tuple[Shape, ...]:
    """The operation itself with every precondition and every body, and, for the first of its path, the methods that are no operation."""
    tags: tuple[Pairs, ...] = _tags(operation) if operation.if_match or operation.method == "GET" else ((),)
    itself = (Shape(method=operation.method, headers=tag, body=body) for tag, body in product(tags, _bodies(operation)))
    if operation is not next(other for other in kit.operations if other.path == operation.path):
        return tuple(itself)
    return (*itself, *(Shape(method=method, headers=tag) for method in _OTHER_METHODS for tag in tags[:2]))


def _of_body(operation: Operation, kit: Kit) -> Plan | None:
    if operation.body is None:
        return None
    declared = [(text.way, pair) for text in ids(operation.body) for pair in _foreign((text.prefix or "", "ten"), kit)]
    unknown = [((name,), pair) for name in UNDECLARED for pair in _foreign(counts(kit), kit)]
    good = body_of(operation)
    things = tuple(thing for way, pair in (*declared, *unknown) for thing in _things(msgspec.json.encode(way).decode(), (pair,)))
    kinds: tuple[dict[str, object], ...] = (good, {}, {**good, "colour": "red"}, wrong_body(operation))
    own = own_path(operation, "a")

    def make(thing: Thing, caller: Caller, shape: Shape, manner: Pairs) -> Step:
        sent = put(msgspec.json.decode(shape.body, type=dict[str, object]), msgspec.json.decode(thing.place, type=Way), "<x0>")
        return _step(operation, own, caller, msgspec.structs.replace(shape, body=msgspec.json.encode(sent)), manner)

    return Plan(
        channel="body",
        operation=operation,
        law="Another tenant's id in the body is answered like one that never was, and nothing is written.",
        things=things,
        callers=_callers(operation),
        shapes=tuple(Shape(method=operation.method, headers=_own_tag(operation), body=msgspec.json.encode(kind)) for kind in kinds),
        make=make,
    )


def _own_tag(operation: Operation) -> Pairs:
    """The tag of A's own row, where the operation wants one."""
    if not operation.if_match:
        return ()
    return (("if-match", f"<{own_names(operation, 'a')[-1]}.etag>"),)


def _of_query(operation: Operation, kit: Kit) -> Plan:
    declared = [(cast("str", text.way[0]), pair) for text in ids(operation.query) for pair in _foreign((text.prefix or "", "ten"), kit)]
    unknown = [(name, pair) for name in UNDECLARED for pair in _foreign(counts(kit), kit)]
    own = own_path(operation, "a")
    methods = ("GET", "HEAD") if operation.method == "GET" else (operation.method,)
    body = msgspec.json.encode(body_of(operation)) if operation.body is not None else b""
    return Plan(
        channel="query",
        operation=operation,
        law="Another tenant's id in the query is answered like one that never was.",
        things=tuple(thing for name, pair in (*declared, *unknown) for thing in _things(f"{own}?{name}=<x0>", (pair,))),
        callers=_callers(operation),
        shapes=tuple(
            Shape(method=method, headers=_own_tag(operation), body=body, query=more)
            for method in methods
            for more in ("", "&limit=1", "&limit=0", "&colour=red")
        ),
        make=lambda thing, caller, shape, manner: _step(operation, thing.place, caller, shape, manner),
    )


def cursor_name(operation: Operation) -> str:
    """What a cursor that B got from the list is called."""
    return f"b.cursor.{operation.id}"


def _of_cursor(operation: Operation, kit: Kit) -> Plan | None:
    listed = next((text.prefix for text in ids(operation.returns)), None)
    if not operation.paged or operation.scope != "tenant" or counts(kit).get(listed or "", 0) < 2:
        return None
    name = cursor_name(operation)
    return Plan(
        channel="cursor",
        operation=operation,
        law="A cursor that another tenant got is answered like one that nobody got.",
        things=_things(f"{own_path(operation, 'a')}?cursor=<x0>", ((name, f"absent.{name}"),)),
        callers=_callers(operation),
        shapes=tuple(Shape(method=method, query=more) for method in ("GET", "HEAD") for more in ("", "&limit=1", "&limit=2", "&limit=0")),
        make=lambda thing, caller, shape, manner: _step(operation, thing.place, caller, shape, manner),
    )


def _of_header(operation: Operation, kit: Kit) -> Plan:  # noqa: ARG001  (as all of them)
    pairs = (("b.id", "absent.ten"), ("b.slug", "absent.slug"))
    things = tuple(thing for place in ("<x0>", "<a.id>, <x0>") for thing in _things(place, pairs))
    own = own_path(operation, "a")

    def make(thing: Thing, caller: Caller, shape: Shape, manner: Pairs) -> Step:
        return _step(operation, own, caller, shape, (*manner, ("tenant", thing.place)))

    return Plan(
        channel="header",
        operation=operation,
        law="The header Tenant never selects: another tenant's is answered like one that never was.",
        things=things,
        callers=(*_callers(operation), *(("platform.key",) if operation.scope == "platform" else ())),
        shapes=tuple(Shape(method=shape.method, headers=_stale(operation), body=shape.body) for shape in _plain(operation)),
        make=make,
        manners=((), (("accept", "application/json"),)),
    )


def _stale(operation: Operation) -> Pairs:
    return (("if-match", STALE),) if operation.if_match else ()


def _plain(operation: Operation) -> tuple[Shape, ...]:
    """The operation with each of its bodies, and beside GET the HEAD."""
    itself = tuple(Shape(method=operation.method, body=body) for body in _bodies(operation))
    return (*itself, Shape(method="HEAD")) if operation.method == "GET" else itself


def _of_tag(operation: Operation, kit: Kit) -> Plan | None:
    if not any(path_ids(operation)) or operation.scope != "tenant" or not (operation.if_match or operation.method == "GET"):
        return None
    name = "if-match" if operation.if_match else "if-none-match"
    pairs = tuple((f"{foreign}.etag", f"{absent}.etag") for foreign, absent in _foreign(counts(kit), kit))
    own = own_path(operation, "a")

    def make(thing: Thing, caller: Caller, shape: Shape, manner: Pairs) -> Step:
        return _step(operation, own, caller, msgspec.structs.replace(shape, headers=((name, thing.place),)), manner)

    return Plan(
        channel="tag",
        operation=operation,
        law="Another tenant's entity tag matches nothing, like one that nothing ever had.",
        things=tuple(thing for place in ("<x0>", "W/<x0>", f"{STALE}, <x0>") for thing in _things(place, pairs)),
        callers=_callers(operation),
        shapes=_plain(operation),
        make=make,
    )
