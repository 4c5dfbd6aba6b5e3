"""What a case of raw bytes is: data, and how it is played and judged. It knows HTTP/1.1 messages (RFC 9112), no server.

Where the standard leaves a server a choice, every choice is allowed here. ``edge`` are the cases that the kernel or its adapter decides, whatever the server is;
``server`` are those that a server decides before anybody else sees the request.
"""

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.conformance.check import Tier
from kingpost.conformance.target import ByteTarget, Exchange, Reply
from kingpost.conformance.transports.sockets import replies
from kingpost.conformance.world import CANARY, World

from .case import Expect
from .player import judge

Statuses: TypeAlias = tuple[int, ...]
Then: TypeAlias = Literal["goes on", "ends", "either", "unasked"]

HOST: Final = b"Host: testserver\r\n"
CALLER: Final = b"Request-Id: first\r\nAuthorization: Bearer <a.key>\r\n"
JSON: Final = b"Content-Type: application/json\r\n"
REFUSED: Final = (400,)
_BEHIND: Final = b"GET /livez HTTP/1.1\r\nHost: testserver\r\nRequest-Id: second\r\nConnection: close\r\n\r\n"
"""A good request on the same connection. Is it answered where it must not be, then bytes of one request are read as another: request smuggling."""
_NAME: Final = re.compile(rb"<([a-z][a-z0-9_.]*)>")


class ByteCase(Struct, frozen=True, kw_only=True):
    """A law about bytes. ``<name>`` in them stands for a value of the world."""

    id: str
    law: str
    sent: tuple[bytes, ...]
    """The parts between which there is a pause."""
    statuses: tuple[Statuses, ...]
    """Of each reply in order, interim ones too, the statuses that it may have."""
    code: str | None = None
    """The code of the problem document in the last of them."""
    then: Then = "ends"
    """Whether the connection goes on: whether a good request right behind is answered, must not be, may be, or is not sent."""
    silent: bool = False
    """The server may also close without a word."""
    half_close: bool = False
    """Our side of the connection ends after sending."""
    head: bool = False
    """The requests are HEAD, so that their replies announce a body and have none."""
    racing: bool = False
    """Two good servers may answer differently, as one sees the end before the other; so answers are not compared."""
    tier: Tier = "server"

    @property
    def changes(self) -> bool:
        """Whether the world may be another one afterwards."""
        return any(part.startswith(b"POST /specimens ") for part in self.sent)


def play(case: ByteCase, target: ByteTarget, world: World) -> tuple[Reply, ...]:
    """Send it and judge what comes back; ``AssertionError`` where the law is broken."""
    received = asked(case, target, world)
    try:
        found = replies(received, head=case.head)
        _judge(case, found)
    except AssertionError as error:
        sent = shortened(b" ... ".join(case.sent))
        raise AssertionError(f"{case.id} on {target.name}: {case.law}\n{error}\nsent: {sent}\nreceived: {shortened(received)}") from error
    return found


def asked(case: ByteCase, target: ByteTarget, world: World) -> bytes:
    """Everything that comes back, the answer to the good request behind it too."""
    *parts, last = (_filled(part, world) for part in case.sent)
    behind = b"" if case.then == "unasked" else _BEHIND
    return target.send_bytes(*parts, last + behind, half_close=case.half_close)


def _judge(case: ByteCase, found: tuple[Reply, ...]) -> None:
    if case.silent and not found:
        return
    wanted = len(case.statuses)
    _require(wanted <= len(found) <= wanted + 1, f"{len(found)} replies with {_statuses(found)}, expected {wanted} of {case.statuses}")
    for reply, allowed in zip(found, case.statuses, strict=False):
        _require(reply.status in allowed, f"status {reply.status}, expected {' or '.join(map(str, allowed))}")
        _judge_reply(case, reply)
    more = found[wanted:]
    _require(case.then != "goes on" or more, "the connection ends, and the good request behind is not answered")
    _require(case.then in {"either", "goes on"} or not more, f"a second reply: {_statuses(more)}")
    _require(case.then != "goes on" or more[0].status == 200, f"the good request behind is answered {_statuses(more)}")


def _judge_reply(case: ByteCase, reply: Reply) -> None:
    if case.tier == "edge" and reply.status >= 200:
        code = case.code if reply.status >= 400 else None
        judge(Expect(status=reply.status, code=code), Exchange(target=b"/tenant"), reply, [], as_b=False)
    told = str(reply.headers) + reply.body.decode("latin-1")
    _require("Traceback" not in told and CANARY not in told, "the inside shows")


def _statuses(found: tuple[Reply, ...]) -> list[int]:
    return [reply.status for reply in found]


def _filled(text: bytes, world: World) -> bytes:
    return _NAME.sub(lambda match: world[match[1].decode()].encode(), text)


def shortened(text: bytes) -> str:
    """Bytes for a message."""
    return repr(text) if len(text) < 1_000 else f"{text[:500]!r} ... {len(text)} bytes"


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def get(line: bytes = b"GET /tenant HTTP/1.1", lines: bytes = b"", *, host: bytes = HOST) -> bytes:
    """A request of A without a body: its request line, and header lines besides the usual."""
    return line + b"\r\n" + host + CALLER + lines + b"\r\n"


def post(lines: bytes, body: bytes, *, version: bytes = b"1.1", caller: bytes = CALLER) -> bytes:
    """A POST of a specimen with these header lines, and these bytes behind its head."""
    return b"POST /specimens HTTP/" + version + b"\r\n" + HOST + caller + JSON + lines + b"\r\n" + body


def specimen(label: str) -> bytes:
    """The body of a specimen that every validation accepts."""
    return b'{"label":"%s","title":"Raw","price":{"amount":1,"currency":"EUR"}}' % label.encode()


def length_of(body: bytes) -> bytes:
    """The header line that says how long it is."""
    return b"Content-Length: %d\r\n" % len(body)


def chunked(body: bytes, *, size: bytes | None = None, end: bytes = b"0\r\n\r\n") -> bytes:
    """The body as one chunk and the end."""
    return (b"%x" % len(body) if size is None else size) + b"\r\n" + body + b"\r\n" + end


def one(
    name: str,
    law: str,
    sent: bytes,
    statuses: Statuses,
    *,
    code: str | None = None,
    then: Then = "ends",
    silent: bool = False,
    tier: Tier = "server",
) -> ByteCase:
    """A case of one request and its one reply; ``name`` is the id without what all have in common."""
    return ByteCase(id=f"http.bytes.{name}", law=law, sent=(sent,), statuses=(statuses,), code=code, then=then, silent=silent, tier=tier)


def edge(name: str, law: str, sent: bytes, status: int, code: str | None = None) -> ByteCase:
    """A case that the kernel decides, whatever the server; the connection goes on."""
    return one(name, law, sent, (status,), code=code, then="goes on", tier="edge")
