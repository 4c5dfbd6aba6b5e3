"""How every operation is asked, compiled once from its declaration. It knows declarations and the choices of a step, no operation by name and no target."""

import json
from urllib.parse import quote

from msgspec import Struct, inspect, structs

from kingpost.conformance.backend import HOST
from kingpost.conformance.target import Exchange, HeaderLines
from kingpost.kernel.operations import Operation

from .mischief import BODIES, HEADERS, METHODS, PATHS, PLACES, QUERIES
from .turn import TYPEID, Turn
from .values import Make, maker, members


class Asked(Struct, frozen=True, kw_only=True):
    """A request of a program before it is sent."""

    method: str
    path: str
    query: str = ""
    headers: HeaderLines = ()
    """Beyond ``Host``, ``Request-Id`` and ``Authorization``; they replace these where they have the same name."""
    body: bytes = b""
    chunked: bool = False
    caller: str | None = None
    """The credential."""
    secret: bool = False
    """The answer holds credentials."""

    def exchange(self, number: int, *, chunks: bool) -> Exchange:
        """The bytes; ``number`` makes the ``Request-Id``, ``chunks`` says whether chunks can be sent."""
        usual = [(b"host", HOST.encode()), (b"request-id", b"step-%d" % number)]
        if self.caller is not None:
            usual.append((b"authorization", b"Bearer " + self.caller.encode("latin-1")))
        if self.body:
            usual.append((b"content-type", b"application/json"))
        replaced = {name for name, _ in self.headers}
        target = f"{self.path}?{self.query}" if self.query else self.path
        return Exchange(
            method=self.method,
            target=target.encode("latin-1"),
            headers=(*(line for line in usual if line[0] not in replaced), *self.headers),
            body=self.body,
            chunked=self.chunked and chunks and bool(self.body),
        )


class Form:
    """One operation, ready to be asked in any way."""

    def __init__(self, operation: Operation) -> None:
        """Everything that types say is read here."""
        self.operation = operation
        self._path = _makers(operation.path_parameters)
        self._query = _makers(operation.query)
        self._body = members(_structure(operation.body)) if operation.body is not None else None
        self._examples = tuple(example.body for example in operation.examples if example.body is not None)

    def ask(self, turn: Turn) -> Asked:
        """A request as its client sends it, more or less."""
        path, subject = self._addressed(turn)
        turn.call_as(self.operation.scope, subject)
        return Asked(
            method="HEAD" if self.operation.method == "GET" and turn.once_in(6) else self.operation.method,
            path=path,
            headers=(*self._condition(turn, subject), *_odd_headers(turn)),
            query=self._asked_for(turn),
            body=self._content(turn),
            chunked=turn.once_in(12),
            caller=turn.caller,
            secret=self.operation.secret,
        )

    def misuse(self, turn: Turn) -> Asked:
        """The same with a body that is no JSON, or not what is wanted, or where none belongs."""
        asked = self.ask(turn)
        good = asked.body or b'{"delta":1,"name":"x"}'
        twisted = turn.of(BODIES)(good) if not turn.once_in(4) else turn.rest()
        return structs.replace(asked, body=twisted)

    def wander(self, turn: Turn) -> Asked:
        """Any method on a path like this one's with any query and headers."""
        asked = self.ask(turn)
        path = turn.of(PLACES) if turn.once_in(4) else turn.of(PATHS)(asked.path)
        return structs.replace(asked, method=turn.of((asked.method, *METHODS)), path=path, query=turn.of(QUERIES))

    def _addressed(self, turn: Turn) -> tuple[str, str | None]:
        """The path and the last id in it."""
        path, subject = self.operation.path, None
        if len(self._path) > 1:
            turn.stay_near()
        for name, make in self._path.items():
            value = str(make(turn))
            path = path.replace(f"{{{name}}}", quote(value, safe="%'="))
            subject = value if TYPEID.fullmatch(value) else subject
        return path, subject

    def _asked_for(self, turn: Turn) -> str:
        """About one parameter in every third one, so that filters come alone and together; and sometimes a cursor."""
        pairs = [(name, make(turn)) for name, make in self._query.items() if name != "cursor" and turn.once_in(5)]
        if self.operation.paged and turn.known.cursors and turn.once_in(5):
            pairs.append(("cursor", turn.of(turn.known.cursors[::-1])))
        return "&".join(f"{name}={quote(_parameter(value), safe='')}" for name, value in pairs)

    def _content(self, turn: Turn) -> bytes:
        if self._body is None:
            return b""
        if self._examples and turn.once_in(8):
            return encoded(turn.of(self._examples))
        return encoded(self._body(turn))

    def _condition(self, turn: Turn, subject: str | None) -> HeaderLines:
        """If-Match where it is wanted, If-None-Match now and then where something is read."""
        if self.operation.if_match:
            name = b"if-match"
        elif self.operation.method == "GET" and turn.once_in(4):
            name = b"if-none-match"
        else:
            return ()
        tag = turn.tag_of(subject)
        return () if tag is None else ((name, tag.encode("latin-1")),)


def encoded(value: object) -> bytes:
    """The JSON of a value, numbers beyond 64 bits too."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _parameter(value: object) -> str:
    return value if isinstance(value, str) else encoded(value).decode()


def _structure(type_: type[Struct]) -> inspect.StructType:
    node = inspect.type_info(type_)
    assert isinstance(node, inspect.StructType)  # the registry takes Structs only
    return node


def _makers(type_: type[Struct] | None) -> dict[str, Make]:
    return {} if type_ is None else {field.encode_name: maker(field.type) for field in _structure(type_).fields}


def _odd_headers(turn: Turn) -> HeaderLines:
    if not turn.once_in(12):
        return ()
    second = turn.of(HEADERS) if turn.once_in(4) else ()
    return (*turn.of(HEADERS), *second)
