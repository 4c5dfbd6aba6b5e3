"""Mutants of replies: what an adapter or a proxy can spoil on the way out. It knows HTTP messages alone."""

from typing import cast

import msgspec
from msgspec import structs

from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Exchange, Reply

from .breaking import Answering, answering
from .messages import answered, headed, header, of_status, telling, with_document, with_header
from .mutant import Mutant


def _first_error(_: Exchange, reply: Reply) -> Reply:
    if reply.status != 422 or not reply.body:
        return reply
    document = reply.json()
    return with_document(reply, {**document, "errors": cast("list[object]", document.get("errors", []))[:1]})


def _of_item(exchange: Exchange, reply: Reply) -> bool:
    return exchange.method == "GET" and reply.status == 200 and bool(reply.all("etag"))


def _of_list(exchange: Exchange, reply: Reply) -> bool:
    return exchange.path == b"/specimens" and reply.status == 200


def _deleted(exchange: Exchange, reply: Reply) -> Reply:
    if exchange.method != "DELETE" or reply.status != 204:
        return reply
    return answered(structs.replace(reply, status=200, body=b"{}"), content_type=b"application/json", content_length=b"2")


def _redirected(exchange: Exchange, reply: Reply) -> Reply:
    if reply.status != 404 or not exchange.path.endswith(b"/") or exchange.path == b"/":
        return reply
    return answered(structs.replace(reply, status=307), location=exchange.path.rstrip(b"/"))


def _weak(exchange: Exchange, reply: Reply) -> Reply:
    tag = (reply.one("etag") or "").encode()
    return answered(reply, etag=b"W/" + tag) if _of_item(exchange, reply) else reply


def _echoing(exchange: Exchange, reply: Reply) -> Reply:
    if reply.status != 404 or not reply.body or b"/children/" not in exchange.path:
        return reply
    return with_document(reply, {**reply.json(), "detail": f"There is nothing at {exchange.path.decode('latin-1')}."})


class _OfStrangers(Answering):
    """Remembers every tag that it gave away, and answers 304 to whoever names one."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._known)
        self._tags: set[str] = set()

    def _known(self, exchange: Exchange, reply: Reply) -> Reply:
        self._tags.update(reply.all("etag"))
        named = (header(exchange, b"if-none-match") or b"").decode("latin-1")
        if not _of_item(exchange, reply) or named.removeprefix("W/") not in self._tags:
            return reply
        return answered(structs.replace(reply, status=304, body=b""), content_type=None, content_length=None)


class _WithoutVersion(Answering):
    """Gives tags that name the row alone, and takes each for whatever version the row has."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._cut)

    def send(self, exchange: Exchange) -> Reply:
        named = header(exchange, b"if-match")
        if named is None:
            return super().send(exchange)
        row = structs.replace(exchange, method="GET", target=_row_of(exchange.path), body=b"")
        current = (KernelTarget.send(self, row).one("etag") or "").encode()
        return super().send(with_header(exchange, b"if-match", current) if named == _short(current) else exchange)

    def _cut(self, _: Exchange, reply: Reply) -> Reply:
        tag = reply.one("etag")
        return reply if tag is None else answered(reply, etag=_short(tag.encode()))


def _short(tag: bytes) -> bytes:
    return tag.rpartition(b"-")[0] + b'"'


def _row_of(path: bytes) -> bytes:
    """The path of the row that an action belongs to."""
    return path if path.rpartition(b"/")[2][3:4] == b"_" else path.rpartition(b"/")[0]


class _HeadWithBody(KernelTarget):
    """Answers HEAD as GET, body and all."""

    def send(self, exchange: Exchange) -> Reply:
        return super().send(structs.replace(exchange, method="GET") if exchange.method == "HEAD" else exchange)


class _Confessing(Answering):
    """Shows in a 500 what went wrong."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._shown)

    def _shown(self, _: Exchange, reply: Reply) -> Reply:
        if reply.status != 500 or not reply.body:
            return reply
        return with_document(reply, {**reply.json(), "detail": repr(self.bench.machine.log.failures[-1].error)})


class _Talkative(Answering):
    """Writes the headers of every request to the log."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._noted)

    def _noted(self, exchange: Exchange, reply: Reply) -> Reply:
        self.bench.machine.log.event("request.received", {"headers": str(exchange.headers)})
        return reply


class _Quoting(Answering):
    """Writes the bodies of what it refuses to the log."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._noted)

    def _noted(self, exchange: Exchange, reply: Reply) -> Reply:
        if reply.status == 422:
            self.bench.machine.log.event("request.refused", {"body": exchange.body.decode("latin-1")})
        return reply


class _Labelling(Answering):
    """Counts answers by the path that was asked for."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._counted)

    def _counted(self, exchange: Exchange, reply: Reply) -> Reply:
        self.bench.machine.observe(exchange.path.decode("latin-1"), exchange.method, reply.status, 0.0)
        return reply


def _renumbered(exchange: Exchange, reply: Reply) -> Reply:
    return answered(reply, request_id=b"another") if b"/" in (header(exchange, b"request-id") or b"") else reply


def _backwards(_: Exchange, reply: Reply) -> Reply:
    """The members of a document in the opposite order."""
    if not reply.body.startswith(b"{") or reply.status >= 400:
        return reply
    members = msgspec.json.decode(reply.body, type=dict[str, msgspec.Raw])
    return structs.replace(reply, body=msgspec.json.encode(dict(reversed(members.items()))))


MUTANTS = (
    Mutant(
        name="members-backwards",
        broken="The members of a document come in the opposite order.",
        make=answering(_backwards),
    ),
    Mutant(
        name="link-forgotten",
        broken="A page that has a next one does not name it in Link.",
        make=answering(headed(_of_list, link=None)),
    ),
    Mutant(
        name="etag-without-version",
        broken="An entity tag names the row and not its version.",
        make=_WithoutVersion,
    ),
    Mutant(
        name="etag-weak",
        broken="The entity tag of what is read is weak.",
        make=answering(_weak),
    ),
    Mutant(
        name="304-for-a-stranger",
        broken="An entity tag that anybody ever got is answered with 304.",
        make=_OfStrangers,
    ),
    Mutant(
        name="delete-answers-200",
        broken="A deletion is answered with 200 and a body.",
        make=answering(_deleted),
    ),
    Mutant(
        name="trailing-slash-redirected",
        broken="A path with a slash more is redirected.",
        make=answering(_redirected),
    ),
    Mutant(
        name="404-echoes-the-path",
        broken="The detail of a 404 below a specimen repeats the path.",
        make=answering(_echoing),
    ),
    Mutant(
        name="first-error-only",
        broken="A 422 lists the first error alone.",
        make=answering(_first_error),
    ),
    Mutant(
        name="allow-forgotten",
        broken="A 405 does not say what is allowed.",
        make=answering(headed(of_status(405), allow=None)),
    ),
    Mutant(
        name="challenge-forgotten",
        broken="A 401 does not name the scheme.",
        make=answering(headed(of_status(401), www_authenticate=None)),
    ),
    Mutant(
        name="retry-after-forgotten",
        broken="A 503 does not say when to come back.",
        make=answering(headed(of_status(503), retry_after=None)),
    ),
    Mutant(
        name="list-cached-by-all",
        broken="A list may be kept by a shared cache.",
        make=answering(headed(_of_list, cache_control=b"public, max-age=60")),
    ),
    Mutant(
        name="304-without-vary",
        broken="A cache is not told that a 304 differs by credential and tenant.",
        make=answering(headed(of_status(304), vary=b"API-Version")),
    ),
    Mutant(
        name="conflict-cached",
        broken="A 409 may be kept by a cache.",
        make=answering(headed(of_status(409), cache_control=b"max-age=60")),
    ),
    Mutant(
        name="nosniff-forgotten",
        broken="A 304 lacks X-Content-Type-Options.",
        make=answering(headed(of_status(304), x_content_type_options=None)),
    ),
    Mutant(
        name="conflict-without-type",
        broken="The problem document of a 409 has no type of its own.",
        make=answering(telling(of_status(409), type="about:blank")),
    ),
    Mutant(
        name="request-id-not-echoed",
        broken="A Request-Id with a slash, which is well-formed, is replaced.",
        make=answering(_renumbered),
    ),
    Mutant(
        name="head-with-body",
        broken="HEAD is answered with a body.",
        make=_HeadWithBody,
    ),
    Mutant(
        name="500-shows-the-inside",
        broken="A 500 shows the exception.",
        make=_Confessing,
    ),
    Mutant(
        name="credential-in-the-log",
        broken="The headers of a request are logged, its credential among them.",
        make=_Talkative,
    ),
    Mutant(
        name="body-in-the-log",
        broken="The body of a refused request is logged.",
        make=_Quoting,
    ),
    Mutant(
        name="path-in-the-metrics",
        broken="Answers are counted by path, ids and all.",
        make=_Labelling,
    ),
)
