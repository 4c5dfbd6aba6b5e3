"""Operations are data: what can be asked, by whom, with which inputs and answers. The Registry checks them and matches raw paths.

It knows paths, methods and types; it knows no request, no store and no framework.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kingpost.kernel.declaring import Declaration, place_of
from kingpost.kernel.errors import ConfigurationError, KernelError, MethodNotAllowed, NotFound
from kingpost.kernel.records import Record
from kingpost.kernel.scalars import PageLimit
from kingpost.kernel.wire import assert_wire_type, split_path

Scope: TypeAlias = Literal["public", "platform", "tenant"]
UseCase: TypeAlias = Callable[..., Awaitable[object]]

NO_CONTENT = 204
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class Raw(Struct, frozen=True, kw_only=True):
    """A result that is not JSON: a page, a metrics exposition."""

    media: str
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class PageQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query of every list: derive from it and add filters."""

    limit: PageLimit = 50
    cursor: str | UnsetType = UNSET


class Example(Struct, frozen=True, kw_only=True):
    """A request and its answer, shown in the OpenAPI document and checked against the types at assembly."""

    summary: str
    body: Mapping[str, object] | None = None
    result: Mapping[str, object] | None = None
    """What is answered; of a list, one item."""


class Operation(Declaration, frozen=True, kw_only=True):
    """One thing that can be asked over HTTP.

    The use case is called as ``use_case(context, **inputs)``, where the inputs are those that the operation declares: ``path``, ``query``,
    ``body`` (instances of the declared Structs), ``if_match`` (an ``IfMatch``, where ``if_match`` is set) and ``after`` (a keyset position or
    None, where ``query`` is a ``PageQuery``). Its result goes through ``view`` (each item of a Page does) and is encoded as JSON.
    """

    mends = {"permission": "write permission='<component>.<noun>:<verb>', which the caller needs, or permission=None on a public operation"}
    id: str
    """``<component>.<noun>.<verb>``, lower case; the name of the route in both frameworks."""
    method: Literal["DELETE", "GET", "PATCH", "POST", "PUT"]
    path: str
    """``/products/{product_id}``; a parameter is a whole segment; no trailing slash."""
    summary: str
    use_case: UseCase
    scope: Scope = "tenant"
    permission: str | None
    """The permission that the caller needs; None only on public operations."""
    path_parameters: type[Struct] | None = None
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    returns: object = None
    """The wire type of the answer; of one item, where the use case returns a Page; None for 204."""
    view: Callable[..., object] | None = None
    """Turns the result of the use case into ``returns``."""
    status: int = 200
    errors: tuple[type[KernelError], ...] = ()
    """What the use case may raise, beyond what the pipeline itself answers."""
    if_match: bool = False
    """The operation changes a versioned resource: ``If-Match`` is required."""
    resource: Callable[..., Record] | None = None
    """Picks the versioned record out of a result that is more than the record itself, for the ``ETag``."""
    location: Callable[..., str] | None = None
    """The path of what was created, from the result; sent as ``Location``."""
    unit: bool = True
    """Run the use case in a unit of work (methods other than GET only)."""
    media: str = "application/json"
    """The media type of the answer, held against ``Accept``."""
    raw: bool = False
    """The use case returns ``Raw`` instead of a value of ``returns``."""
    secret: bool = False
    """The answer holds a credential: ``Cache-Control: no-store``, and no log or stored copy."""
    credentials: bool = False
    """Registers somebody, logs somebody in or changes what they prove themselves with: not mounted where the host keeps the accounts."""
    probe: bool = False
    """Answered before host check, limits and authentication."""
    examples: tuple[Example, ...] = ()

    @property
    def paged(self) -> bool:
        """Whether the operation is a list with cursor and limit."""
        return self.query is not None and issubclass(self.query, PageQuery)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the keyword arguments that the use case is called with."""
        present = {
            "path": self.path_parameters is not None,
            "query": self.query is not None,
            "body": self.body is not None,
            "if_match": self.if_match,
            "after": self.paged,
        }
        return tuple(name for name, there in present.items() if there)


_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_PATH = re.compile(r"(/([a-z0-9._-]+|\{[a-z][a-z0-9_]*\}))+|/")


class Matched(Struct, frozen=True):
    """The operation that a request means, and the values of its path parameters."""

    operation: Operation
    parameters: Mapping[str, str]


class _Node:
    """One segment in the tree of paths; a literal segment wins over a parameter."""

    __slots__ = ("allow", "literals", "methods", "names", "parameter")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.methods: dict[str, Operation] = {}
        self.names: tuple[str, ...] = ()
        self.allow = ""


class Registry:
    """All operations of a kernel, refused at construction where they contradict each other."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """``ConfigurationError`` names the operation, what is wrong and the mend."""
        self.operations: tuple[Operation, ...] = tuple(operations)
        self._root = _Node()
        self._exact: dict[bytes, _Node] = {}
        ids: dict[str, Operation] = {}
        for operation in self.operations:
            _check(operation, ids)
            ids[operation.id] = operation
            self._add(operation)
        self._search = _explore if _is_ambiguous(self._root) else _follow
        self.by_id: Mapping[str, Operation] = {operation.id: operation for operation in self.operations}

    @property
    def paths(self) -> Mapping[str, tuple[Operation, ...]]:
        """The operations of each path, in order of declaration."""
        grouped: dict[str, list[Operation]] = {}
        for operation in self.operations:
            grouped.setdefault(operation.path, []).append(operation)
        return {path: tuple(group) for path, group in grouped.items()}

    def scopes(self, permission: str) -> frozenset[Scope]:
        """The scopes of the operations that need the permission; empty for one that no operation asks for.

        A principal with every permission of its side must not pass with one of the other side.
        """
        return frozenset(operation.scope for operation in self.operations if operation.permission == permission)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, list[str]()
        for segment in _segments(operation.path):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if node.methods and node.names != tuple(names):
            other = next(iter(node.methods.values()))
            message = (
                f"{operation.declared}: operation {operation.id!r}: path {operation.path} names its parameters differently from {other.path} "
                f"of {other.id} at {other.declared}; use the same names"
            )
            raise ConfigurationError(message)
        if operation.method in node.methods:
            other = node.methods[operation.method]
            message = (
                f"{operation.declared}: operation {operation.id!r}: {operation.method} {operation.path} is taken by {other.id} "
                f"at {other.declared}; give one of them another method or path"
            )
            raise ConfigurationError(message)
        node.methods[operation.method] = operation
        node.names = tuple(names)
        node.allow = ", ".join(sorted({*node.methods, "OPTIONS", *(("HEAD",) if "GET" in node.methods else ())}))
        if not names:
            self._exact[operation.path.encode()] = node

    def match(self, method: str, path: bytes) -> Matched:
        """The operation for a raw path. ``MalformedPath``, ``NotFound``, or ``MethodNotAllowed`` with a sorted ``Allow``. HEAD means GET."""
        node, values = self._find(path)
        operation = node.methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodNotAllowed(headers=(("allow", node.allow),))
        if len(values) == 1:
            return Matched(operation, {node.names[0]: values[0]})
        return Matched(operation, dict(zip(node.names, values, strict=True)) if values else _NO_VALUES)

    def allow(self, path: bytes) -> str:
        """The methods of a path, sorted, for ``Allow``; ``NotFound`` or ``MalformedPath``."""
        return self._find(path)[0].allow

    def _find(self, path: bytes) -> tuple[_Node, list[str]]:
        exact = self._exact.get(path)
        if exact is not None:
            return exact, []
        found = self._search(self._root, split_path(path))
        if found is None:
            raise NotFound
        return found


_NO_VALUES: Mapping[str, str] = {}


def _follow(node: _Node, segments: tuple[str, ...]) -> tuple[_Node, list[str]] | None:
    """The node of the segments in a tree where no node has both literals and a parameter: there is one way to go."""
    values: list[str] = []
    for segment in segments:
        following = node.literals.get(segment)
        if following is None:
            following = node.parameter
            if following is None or not segment:
                return None
            values.append(segment)
        node = following
    return (node, values) if node.methods else None


def _explore(node: _Node, segments: tuple[str, ...]) -> tuple[_Node, list[str]] | None:
    return _walk(node, segments, 0, [])


def _is_ambiguous(node: _Node) -> bool:
    """Whether somewhere both a literal and a parameter could follow."""
    following = [*node.literals.values(), *((node.parameter,) if node.parameter else ())]
    return bool(node.literals and node.parameter) or any(map(_is_ambiguous, following))


def _walk(node: _Node, segments: tuple[str, ...], at: int, values: list[str]) -> tuple[_Node, list[str]] | None:
    """The node of the segments, literal before parameter, with backtracking: ``/a/{x}/c`` is found beside ``/a/b``."""
    if at == len(segments):
        return (node, values) if node.methods else None
    segment = segments[at]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _walk(literal, segments, at + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    return _walk(node.parameter, segments, at + 1, [*values, segment])


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path[1:].split("/"))


def parameter_names(path: str) -> tuple[str, ...]:
    """The names of the parameters in a path template."""
    return tuple(segment[1:-1] for segment in _segments(path) if segment.startswith("{"))


def _check(operation: Operation, ids: Mapping[str, Operation]) -> None:
    for problem in _problems(operation, ids):
        message = f"{operation.declared}: operation {operation.id!r}: {problem}"
        raise ConfigurationError(message)
    for type_ in (operation.path_parameters, operation.query, operation.body, operation.returns):
        if type_ is not None:
            assert_wire_type(type_)


def _problems(operation: Operation, ids: Mapping[str, Operation]) -> Iterable[str]:
    """What is wrong with one operation, each with its mend."""
    names = parameter_names(operation.path)
    declared = operation.path_parameters.__struct_fields__ if operation.path_parameters else ()
    if operation.id in ids:
        yield f"the id is taken by another operation, at {ids[operation.id].declared}; give one of them an id of its own"
    if not _ID.fullmatch(operation.id):
        yield "the id must look like component.noun.verb"
    if operation.method not in METHODS:
        yield f"the method {operation.method!r} is not one of {', '.join(METHODS)}"
    if not _PATH.fullmatch(operation.path) or (operation.path.endswith("/") and operation.path != "/"):
        yield f"the path {operation.path!r} must be '/' or segments of a-z 0-9 . _ - or {{name}}, without a slash at the end"
    if len(set(names)) != len(names) or set(names) != set(declared):
        yield f"the path has the parameters {names}, path_parameters declares {tuple(declared)}; they must be the same"
    if (operation.permission is None) != (operation.scope == "public"):
        yield "every operation names a permission, except public ones, which name none"
    accepted = tuple(inspect.signature(operation.use_case).parameters)[1:]
    if sorted(accepted) != sorted(operation.inputs):
        told = f"the use case takes {accepted} besides the context, the operation gives {operation.inputs}"
        yield f"{told}; make them equal, here or in {place_of(operation.use_case)}"
    yield from _shape_problems(operation)
    yield from _example_problems(operation)


def _shape_problems(operation: Operation) -> Iterable[str]:
    if operation.body is not None and operation.method in ("GET", "DELETE"):
        yield f"a {operation.method} has no body"
    if operation.paged and (operation.method != "GET" or operation.returns is None):
        yield "a list is a GET and says in 'returns' what its items are"
    if operation.if_match and operation.method == "GET":
        yield "a GET changes nothing, so it cannot require If-Match"
    if not operation.raw and (operation.status == NO_CONTENT) != (operation.returns is None):
        yield "status 204 goes with returns=None, and only with it (or with raw=True)"
    if not all(getattr(error, "code", "") for error in operation.errors):
        yield "errors must be conditions with a code, not KernelError itself"


def _example_problems(operation: Operation) -> Iterable[str]:
    for example in operation.examples:
        for part, type_ in ((example.body, operation.body), (example.result, operation.returns)):
            if part is None:
                continue
            try:
                msgspec.convert(part, type_)
            except msgspec.ValidationError as error:
                yield f"the example {example.summary!r} does not fit its type: {error}"
