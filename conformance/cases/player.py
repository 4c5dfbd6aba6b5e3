"""Plays a case on a target and judges every reply. It knows the general laws that hold for each answer; the special ones stand in the cases."""

import re
from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec

from kingpost.conformance.target import Exchange, HeaderLines, Reply, Target
from kingpost.conformance.world import CANARY, World, exchange_headers
from kingpost.kernel.errors import Timeout, Unavailable

from .case import Case, Expect, Fault, Step

_NAME: Final = re.compile(rb"<([a-z][a-z0-9_.]*)>")
_LINK: Final = re.compile(r'<([^>]*)>; *rel="?([a-z]+)"?')
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}")
_PROBLEM: Final = "application/problem+json"
PROBES: Final = (b"/livez", b"/readyz")
"""They answer with a health document, whatever the status."""
ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of every answer, those of errors among them (OWASP Secure Headers)."""
VARYING: Final = frozenset({"Authorization", "Tenant", "API-Version"})
"""What every answer depends on, so that no shared cache gives it to somebody else (RFC 9110 section 12.5.5)."""
NEVER: Final = ("set-cookie", "x-powered-by", "content-encoding")
"""Headers of no answer."""
OF_THE_SERVER: Final = frozenset({b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding"})
"""Headers that two equal answers may have different."""


class Unforeseen(Exception):
    """What the back door makes a port raise; its text must never come out."""


SECRET_OF_THE_INSIDE: Final = "SELECT secret_of_the_inside"
_FAULTS: Final[Mapping[Fault, Callable[[], Exception]]] = {
    "unforeseen": lambda: Unforeseen(SECRET_OF_THE_INSIDE),
    "unavailable": Unavailable,
    "timeout": Timeout,
}


def play(case: Case, target: Target, world: World) -> tuple[Reply, ...]:
    """Send every step in order; ``AssertionError`` with a curl script when a law is broken."""
    names, replies, sent = dict(world), list[Reply](), list[Exchange]()
    for step in case.steps:
        exchange = exchange_of(step, names, request_id=case.id)
        sent.append(exchange)
        if target.door is not None and step.advance:
            target.door.advance(step.advance)
        if target.door is not None and step.fail is not None:
            target.door.fail_next(step.fail, _FAULTS[step.fault]())
        reply = target.send(exchange)
        replies.append(reply)
        try:
            judge(_with_values(step.expect, names), exchange, reply, replies, as_b=step.key == "b.key")
            names |= {name: _found(place, reply) for name, place in step.save.items()}
        except AssertionError as error:
            script = "\n".join(map(curl, sent))
            raise AssertionError(
                f"{case.id} on {target.name}: {case.law}\n{error}\nreply: {reply.status} {reply.headers}\n{reply.body!r}\n{script}"
            ) from error
    return tuple(replies)


def exchange_of(step: Step, names: World, *, request_id: str) -> Exchange:
    """The bytes of a step."""
    given = tuple((name.encode(), _filled(value.encode("latin-1"), names)) for name, value in step.headers)
    replaced = {name for name, _ in given} | {name.encode() for name in step.omit}
    key = names[step.key] if step.key is not None else None
    usual = exchange_headers(key, request_id=request_id, json=bool(step.body))
    return Exchange(
        method=step.method,
        target=_filled(step.target.encode("latin-1"), names),
        headers=(*(line for line in usual if line[0] not in replaced), *given),
        body=_filled(step.body, names),
        chunked=step.chunked,
        declared=step.declared,
        websocket=step.websocket,
    )


def _filled(text: bytes, names: World) -> bytes:
    return _NAME.sub(lambda match: names[match[1].decode()].encode(), text)


def _with_values(expect: Expect, names: World) -> Expect:
    """The expectation with the values of the world in its texts."""

    def told(text: str) -> str:
        return _filled(text.encode(), names).decode()

    return msgspec.structs.replace(
        expect,
        headers={name: told(value) for name, value in expect.headers.items()},
        fields={name: told(value) if isinstance(value, str) else value for name, value in expect.fields.items()},
        without=tuple(map(told, expect.without)),
        holds=tuple(map(told, expect.holds)),
    )


def _found(place: str, reply: Reply) -> str:
    kind, _, way = place.partition(":")
    if kind == "link":
        links: dict[str, str] = {found[2]: found[1] for found in _LINK.finditer(", ".join(reply.all("link")))}
        _require(way in links, f"there is no link {way!r}")
        return links[way]
    found = reply.one(way) if kind == "header" else _member(_document(reply), way)
    _require(found is not None and found is not _NOTHING, f"there is no {place}")
    return str(found)


_NOTHING: Final = object()


def _member(document: object, way: str) -> object:
    """What stands at ``items/0/label``; ``_NOTHING`` where there is no such member."""
    for part in way.split("/"):
        if isinstance(document, dict):
            document = cast("dict[str, object]", document).get(part, _NOTHING)
        elif isinstance(document, list) and part.isdecimal():
            items = cast("list[object]", document)
            document = items[int(part)] if int(part) < len(items) else _NOTHING
        else:
            return _NOTHING
    return document


def _document(reply: Reply) -> dict[str, object]:
    """The JSON object of the body; empty where the body is something else."""
    if not reply.body.startswith(b"{"):
        return {}
    try:
        return reply.json()
    except msgspec.DecodeError as error:
        raise AssertionError(f"the body is no JSON: {error}") from error


def judge(expect: Expect, exchange: Exchange, reply: Reply, replies: list[Reply], *, as_b: bool) -> None:
    """Hold a reply against what the step expects and against what holds for every reply. ``as_b``: the caller may see what is B's."""
    _require(reply.status == expect.status, f"status {reply.status}, expected {expect.status}")
    _general(exchange, reply)
    _judge_headers(expect, reply, replies)
    _judge_document(expect, _document(reply))
    if expect.body is not None:
        _require(reply.body == expect.body, f"expected the body {expect.body!r}")
    if expect.body_of is not None:
        earlier = replies[expect.body_of]
        _require(reply.body == earlier.body, f"the body differs from that of step {expect.body_of}: {earlier.body!r}")
    if expect.same_as is not None:
        earlier = replies[expect.same_as]
        _require(_answer(reply) == _answer(earlier), f"differs from the reply of step {expect.same_as}: {earlier}")
    for text in (*expect.without, *(() if as_b else (CANARY,))):
        _require(text not in _whole(reply), f"the reply holds {text!r}")
    for text in expect.holds:
        _require(text.encode() in reply.body, f"the body does not hold {text!r}")


def _judge_headers(expect: Expect, reply: Reply, replies: list[Reply]) -> None:
    for name, value in expect.headers.items():
        _require(reply.one(name) == value, f"{name}: {reply.one(name)!r}, expected {value!r}")
    for name in expect.absent:
        _require(not reply.all(name), f"{name} is sent")
    if expect.headers_of is not None:
        earlier = replies[expect.headers_of]
        _require(_answer(reply)[:2] == _answer(earlier)[:2], f"the headers differ from those of step {expect.headers_of}: {earlier}")


def _judge_document(expect: Expect, document: dict[str, object]) -> None:
    if expect.code is not None:
        _require(document.get("code") == expect.code, f"code {document.get('code')!r}, expected {expect.code!r}")
    for way, wanted in expect.fields.items():
        found = _member(document, way)
        _require(found == wanted and type(found) is type(wanted), f"{way} is {found!r}, expected {wanted!r}")
    for way, pattern in expect.matches.items():
        found = _member(document, way)
        _require(isinstance(found, str) and re.fullmatch(pattern, found), f"{way} is {found!r}, expected {pattern}")
    if expect.members is not None:
        _require(sorted(document) == sorted(expect.members), f"the members are {sorted(document)}, expected {sorted(expect.members)}")
    items = cast("list[object]", document.get("items", []))
    for name, values in expect.listed.items():
        found = tuple(_member(item, name) for item in items)
        _require(found == values, f"the items have {name} {found}, expected {values}")
    for name, values in expect.found.items():
        found = tuple(_member(item, name) for item in items)
        _require(sorted(map(repr, found)) == sorted(map(repr, values)), f"the items have {name} {found}, expected {values} in any order")
    for name, wanted in (("pointer", expect.pointers), ("code", expect.reasons)):
        errors = cast("list[object]", document.get("errors", []))
        found = tuple(_member(error, name) for error in errors)
        _require(wanted is None or found == wanted, f"the errors have {name} {found}, expected {wanted}")


def _general(exchange: Exchange, reply: Reply) -> None:
    """What every answer keeps: problem documents, no caching of errors, security headers, one request id, no redirect, no inside."""
    for name, value in ALWAYS.items():
        _require(reply.one(name) == value, f"{name} is {reply.one(name)!r}")
    _require(set((reply.one("vary") or "").split(", ")) >= VARYING, f"vary is {reply.one('vary')!r}")
    for name in NEVER:
        _require(not reply.all(name), f"{name} is sent")
    _require(not 300 <= reply.status < 304, "a redirect")
    _require(len(reply.all("request-id")) == 1, "no single Request-Id")
    sent = [value for name, value in exchange.headers if name == b"request-id"]
    if len(sent) == 1 and _REQUEST_ID.fullmatch(sent[0]):
        _require(reply.one("request-id") == sent[0].decode(), "the Request-Id is not the caller's")
    _require(SECRET_OF_THE_INSIDE not in _whole(reply) and "Traceback" not in _whole(reply), "the inside shows")
    if reply.status >= 400 and exchange.path not in PROBES:
        _judge_problem(reply)
    if exchange.method == "HEAD" or reply.status in (204, 304):
        _require(not reply.body, "a body where none may be")


def _judge_problem(reply: Reply) -> None:
    """A problem document (RFC 9457) that nobody keeps, of the members that the contract names and no others."""
    _require(reply.one("cache-control") == "no-store", "an error may be cached")
    _require(reply.one("content-type") == _PROBLEM, f"content-type is {reply.one('content-type')!r}")
    if not reply.body:
        return
    document = _document(reply)
    told = {"type": f"/problems/{document.get('code')}", "status": reply.status, "request_id": reply.one("request-id")}
    _require(all(document.get(name) == value for name, value in told.items()), f"the problem does not hold {told}")
    _require(_REQUIRED <= document.keys() <= _REQUIRED | {"params", "errors"}, f"the problem has the members {sorted(document)}")
    _require(all(document[name] for name in ("title", "detail")), "the problem has no title or no detail")
    _require(("errors" in document) == (document["code"] == "invalid"), "errors belong to the problem 'invalid' and to no other")


_REQUIRED: Final = frozenset({"type", "title", "status", "detail", "code", "request_id"})


def _answer(reply: Reply) -> tuple[int, HeaderLines, bytes]:
    """What two equal answers have equal."""
    return reply.status, tuple(sorted(line for line in reply.headers if line[0] not in OF_THE_SERVER)), reply.body


def _whole(reply: Reply) -> str:
    return str(reply.headers) + reply.body.decode("latin-1")


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def curl(exchange: Exchange) -> str:
    """The exchange as a command that repeats it against a server on localhost."""
    quoted: Callable[[bytes], str] = lambda text: "$'" + "".join(_shell(byte) for byte in text) + "'"  # noqa: E731  (read beside its use)
    lines: HeaderLines = (*exchange.headers, *(line for line in exchange.framing if line[0] == b"transfer-encoding"))
    parts = ["curl -i --path-as-is", f"-X {exchange.method}", *(f"-H {quoted(name + b': ' + value)}" for name, value in lines)]
    if exchange.body:
        parts.append(
            f"--data-binary {quoted(exchange.body)}" if len(exchange.body) < 10_000 else f"# and {len(exchange.body)} bytes of body"
        )
    return " ".join((*parts, quoted(b"http://localhost:8000" + exchange.target)))


def _shell(byte: int) -> str:
    character = chr(byte)
    return character if character.isprintable() and byte < 127 and character not in "'\\" else f"\\x{byte:02x}"
