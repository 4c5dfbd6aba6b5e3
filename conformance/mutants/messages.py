"""How a mutant changes a message: a header, a body, some replies and not others. It knows HTTP messages, no fault."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
from msgspec import structs

from kingpost.conformance.target import Exchange, HeaderLines, Reply

Change: TypeAlias = Callable[[Exchange, Reply], Reply]
When: TypeAlias = Callable[[Exchange, Reply], bool]


def header(exchange: Exchange, name: bytes) -> bytes | None:
    """The last value of a request header."""
    return dict(exchange.headers).get(name)


def with_header(exchange: Exchange, name: bytes, value: bytes) -> Exchange:
    """The request with this header and no other of its name."""
    return structs.replace(exchange, headers=(*_without(exchange.headers, name), (name, value)))


def without_header(exchange: Exchange, name: bytes) -> Exchange:
    """The request without the header."""
    return structs.replace(exchange, headers=_without(exchange.headers, name))


def answered(reply: Reply, **changes: bytes | None) -> Reply:
    """The reply with these headers (``_`` for ``-``), or without those that are None."""
    names = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    kept = _without(reply.headers, *names)
    return structs.replace(reply, headers=(*kept, *((name, value) for name, value in names.items() if value is not None)))


def with_document(reply: Reply, document: Mapping[str, object]) -> Reply:
    """The reply with another JSON body."""
    body = msgspec.json.encode(document)
    return answered(structs.replace(reply, body=body), content_length=b"%d" % len(body))


def headed(when: When, **changes: bytes | None) -> Change:
    """Other headers on some replies."""
    return lambda exchange, reply: answered(reply, **changes) if when(exchange, reply) else reply


def telling(when: When, **members: object) -> Change:
    """Other members in some problem documents."""

    def change(exchange: Exchange, reply: Reply) -> Reply:
        return with_document(reply, {**reply.json(), **members}) if reply.body and when(exchange, reply) else reply

    return change


def of_status(*statuses: int) -> When:
    """Replies with one of these statuses."""
    return lambda _, reply: reply.status in statuses


def _without(headers: HeaderLines, *names: bytes) -> HeaderLines:
    return tuple(line for line in headers if line[0] not in names)
