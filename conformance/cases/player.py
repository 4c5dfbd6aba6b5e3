"""Plays a case on a target and judges every reply. It knows the general laws that hold for each answer; the special ones stand in the cases."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from kingpost.conformance.target import Exchange, HeaderLines, Reply, Target
from kingpost.conformance.world import CANARY, World, exchange_headers

from .case import Case, Expect, Step

_NAME: Final = re.compile(rb"<([a-z][a-z0-9_.]*)>")
_PROBLEM: Final = "application/problem+json"
PROBES: Final = (b"/livez", b"/readyz")
"""They answer with a health document, whatever the status."""
ALWAYS: Final = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}


class Unforeseen(Exception):
    """What the back door makes a port raise; its text must never come out."""


SECRET_OF_THE_INSIDE: Final = "SELECT secret_of_the_inside"


def play(case: Case, target: Target, world: World) -> tuple[Reply, ...]:
    """Send every step in order; ``AssertionError`` with a curl script when a law is broken."""
    names, replies, sent = dict(world), list[Reply](), list[Exchange]()
    for step in case.steps:
        exchange = exchange_of(step, names, request_id=case.id)
        sent.append(exchange)
        if step.fail is not None and target.door is not None:
            target.door.fail_next(step.fail, Unforeseen(SECRET_OF_THE_INSIDE))
        reply = target.send(exchange)
        replies.append(reply)
        try:
            judge(_with_values(step.expect, names), exchange, reply, replies, as_a=step.key == "a.key")
        except AssertionError as error:
            script = "\n".join(map(curl, sent))
            raise AssertionError(
                f"{case.id} on {target.name}: {case.law}\n{error}\nreply: {reply.status} {reply.headers}\n{reply.body!r}\n{script}"
            ) from error
        names |= {name: _found(place, reply) for name, place in step.save.items()}
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
    headers = {name: _filled(value.encode("latin-1"), names).decode("latin-1") for name, value in expect.headers.items()}
    without = tuple(_filled(text.encode(), names).decode() for text in expect.without)
    return msgspec.structs.replace(expect, headers=headers, without=without)


def _found(place: str, reply: Reply) -> str:
    kind, _, way = place.partition(":")
    if kind == "header":
        return reply.one(way) or ""
    value: object = reply.json()
    for part in way.split("/"):
        value = msgspec.convert(value, dict[str, object])[part]
    return str(value)


def judge(expect: Expect, exchange: Exchange, reply: Reply, replies: list[Reply], *, as_a: bool) -> None:
    """Hold a reply against what the step expects and against what holds for every reply."""
    _require(reply.status == expect.status, f"status {reply.status}, expected {expect.status}")
    _general(exchange, reply)
    document = reply.json() if reply.body.startswith(b"{") else {}
    if expect.code is not None:
        _require(document.get("code") == expect.code, f"code {document.get('code')!r}, expected {expect.code!r}")
    for name, value in expect.headers.items():
        _require(reply.one(name) == value, f"{name}: {reply.one(name)!r}, expected {value!r}")
    for name in expect.absent:
        _require(not reply.all(name), f"{name} is sent")
    for name, wanted in expect.fields.items():
        _require(document.get(name) == wanted, f"{name} is {document.get(name)!r}, expected {wanted!r}")
    if expect.pointers is not None:
        errors = msgspec.convert(document.get("errors", ()), tuple[dict[str, object], ...])
        _require(
            tuple(error["pointer"] for error in errors) == expect.pointers, f"errors are {errors}, expected pointers {expect.pointers}"
        )
    if expect.body is not None:
        _require(reply.body == expect.body, f"expected the body {expect.body!r}")
    if expect.same_as is not None:
        _require(reply == replies[expect.same_as], f"differs from the reply of step {expect.same_as}: {replies[expect.same_as]}")
    for text in (*expect.without, *((CANARY,) if as_a else ())):
        _require(text not in _whole(reply), f"the reply holds {text!r}")
    for text in expect.holds:
        _require(text.encode() in reply.body, f"the body does not hold {text!r}")


def _general(exchange: Exchange, reply: Reply) -> None:
    """What every answer keeps: problem documents, no caching of errors, security headers, one request id, no redirect, no inside."""
    for name, value in ALWAYS.items():
        _require(reply.one(name) == value, f"{name} is {reply.one(name)!r}")
    _require(not 300 <= reply.status < 304, "a redirect")
    _require(len(reply.all("request-id")) == 1, "no single Request-Id")
    _require(SECRET_OF_THE_INSIDE not in _whole(reply) and "Traceback" not in _whole(reply), "the inside shows")
    if reply.status >= 400 and exchange.path not in PROBES:
        _require(reply.one("cache-control") == "no-store", "an error may be cached")
        _require(reply.one("content-type") == _PROBLEM, f"content-type is {reply.one('content-type')!r}")
        document = reply.json()
        told = {"type": f"/problems/{document.get('code')}", "status": reply.status, "request_id": reply.one("request-id")}
        _require(not reply.body or all(document.get(name) == value for name, value in told.items()), f"the problem does not hold {told}")
    if exchange.method == "HEAD" or reply.status in (204, 304):
        _require(not reply.body, "a body where none may be")


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
