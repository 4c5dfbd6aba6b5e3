"""What calls to other services are made of: targets, requests, replies, their conditions, and the port Http. It knows no socket and no policy of retries.

::

    Unavailable
    └── UpstreamUnavailable        503 upstream-unavailable
        ├── UpstreamTimeout        503 upstream-timeout
        └── CircuitOpen            503 circuit-open
    KernelError
    └── UpstreamInvalid            502 upstream-invalid
        └── UpstreamTooLarge       502 upstream-too-large
    Invalid
    └── UpstreamForbidden          422 upstream-forbidden

Whatever a service answers, an error status too, is a reply; a condition says that there is none, or none that can be used.
"""

import re
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError, Invalid, KernelError, Unavailable

T = TypeVar("T")

Headers: TypeAlias = tuple[tuple[str, str], ...]
Method: TypeAlias = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


class UpstreamUnavailable(Unavailable):
    """A service that is needed cannot be reached, or broke off. It may have acted on the request unless it was never reached."""

    code, title = "upstream-unavailable", "A service that is needed is not available."


class UpstreamTimeout(UpstreamUnavailable):
    """A service did not answer in time; whether it acted on the request is unknown."""

    code, title = "upstream-timeout", "A service that is needed did not answer in time."


class CircuitOpen(UpstreamUnavailable):
    """A service has failed too often lately and is left alone; nothing was sent. ``Retry-After`` is the time to the next probe."""

    code, title = "circuit-open", "A service that is needed is not called for a while, because it has failed too often."


class UpstreamInvalid(KernelError):
    """A service's reply cannot be used (RFC 9110 section 15.6.3)."""

    code, status, title = "upstream-invalid", 502, "A service that is needed gave an answer that cannot be used."


class UpstreamTooLarge(UpstreamInvalid):
    """A reply, decompressed, is larger than its target's ``reply_limit``; the connection was closed."""

    code, title = "upstream-too-large", "A service that is needed gave an answer that is too large."


class UpstreamForbidden(Invalid):
    """The URL leads to a place that this deployment does not call. The caller is not told why: that would map the inner network."""

    code, title = "upstream-forbidden", "The URL may not be called from here."

    def __init__(self, reason: str = "") -> None:
        """``reason`` is for the log alone."""
        super().__init__()
        self.reason = reason


class Retries(Struct, frozen=True, kw_only=True):
    """How often one call is tried, and how much of a target's traffic may be repetition."""

    attempts: int = 3
    """The first one included; 1 never retries."""
    first_wait: float = 0.1
    """Seconds: the wait before the n-th retry is drawn between 0 and ``first_wait * 2 ** (n - 1)`` (full jitter)."""
    longest_wait: float = 5.0
    """Seconds. Whoever asks for more by ``Retry-After`` is not tried again within the call."""
    share: float = 0.1
    """Retries that each call earns: a service that fails altogether gets a tenth more traffic, not three times as much."""
    per_second: float = 0.2
    """Retries that time earns, so that a target with few calls has some."""
    saved: float = 10.0
    """The most that can be saved up."""


class Breaking(Struct, frozen=True, kw_only=True):
    """When a target is left alone, and how it is tried again."""

    mode: Literal["automatic", "open", "off"] = "automatic"
    """``open`` refuses every call; ``off`` counts nothing."""
    window: float = 30.0
    """Seconds that are looked back at."""
    calls: int = 10
    """Calls within the window before anything is concluded from them."""
    failures: float = 0.5
    """Share of failed calls at which the circuit opens. No connection, a timeout, a 5xx and a slow answer are failures; a 4xx is none."""
    slow: float = 5.0
    """Seconds from which an answer counts as failed."""
    pause: float = 10.0
    """Seconds that an open circuit waits before it probes."""
    probes: int = 3
    """Calls let through to find out; all must succeed to close the circuit, one failure opens it again."""


_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}").fullmatch


class Target(Struct, frozen=True, kw_only=True):
    """A service that a component calls, and how patient to be with it: a constant of the component.

    Circuit, retry budget and concurrency are kept for each target and origin (scheme, host, port), in this process.
    """

    name: str
    """What logs and metrics call it: lower-case letters, digits and hyphens, at most 40. Never made from data, which would grow the metrics."""
    seconds: float = 10.0
    """For one attempt, from the look-up of the name to the last byte; never beyond the deadline of the context."""
    reply_limit: int = 1_048_576
    """Bytes of a reply's body, decompressed."""
    concurrency: int = 32
    """Calls at once; more are refused with ``UpstreamUnavailable``, so that one slow service does not hold every connection."""
    retries: Retries = Retries()
    breaking: Breaking = Breaking()

    def __post_init__(self) -> None:
        """``ConfigurationError`` for a name that cannot be a label, and for numbers that cannot work."""
        if not _NAME(self.name):
            message = (
                f"target {self.name!r}: the name is a label of metrics; write lower-case letters, digits and hyphens, such as 'tax-rates'"
            )
            raise ConfigurationError(message)
        retries, breaking = self.retries, self.breaking
        positive = (self.seconds, self.reply_limit, self.concurrency, retries.attempts, breaking.window, breaking.calls, breaking.probes)
        not_negative = (retries.first_wait, retries.longest_wait, retries.share, retries.per_second, retries.saved, breaking.pause)
        if min(positive) <= 0 or min(not_negative) < 0 or not 0 < breaking.failures <= 1 or breaking.slow <= 0:
            message = (
                f"target {self.name!r}: seconds, limits and counts must be above zero, waits not below, and 'failures' a share up to 1"
            )
            raise ConfigurationError(message)


_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_VALUE: Final = re.compile(r"([!-~\x80-\xff]([ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?").fullmatch
_OURS: Final = frozenset(
    (
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection"),
        *("request-id", "te", "traceparent", "trailer", "transfer-encoding", "upgrade"),
    )
)
"""Headers that the client sets itself, or that mean something between two hops only (RFC 9110 section 7.6.1)."""


class HttpRequest(Struct, frozen=True, kw_only=True):
    """One request to another service."""

    target: Target
    method: Method
    url: str
    """``https://host[:port]/path?query``, ASCII, percent-encoded; a name beyond ASCII as its A-labels (``xn--``), no user, no fragment."""
    headers: Headers = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        """``ConfigurationError`` for a header that is not the component's to set, or is none."""
        for name, value in self.headers:
            if not _TOKEN(name) or name.lower() in _OURS:
                message = f"header {name!r} is not for a component to set; leave it out"
                raise ConfigurationError(message)
            if not _VALUE(value):
                message = f"the value of header {name!r} is not printable Latin-1; check what users may put there"
                raise ConfigurationError(message)

    def header(self, name: str) -> str | None:
        """The first value of the header, whose name is given in lower case; None where it is absent."""
        return next((value for given, value in self.headers if given.lower() == name), None)

    def __repr__(self) -> str:
        """Without query, headers and body, as error trackers print what they find in a traceback."""
        return f"HttpRequest({self.target.name!r}, {self.method} {self.url.partition('?')[0]!r}, {len(self.body)} bytes)"


class HttpReply(Struct, frozen=True, kw_only=True):
    """What a service answered, whatever its status; a redirect is not followed."""

    status: int
    headers: Headers = ()
    """Names in lower case."""
    body: bytes = b""
    """Decompressed."""

    def header(self, name: str) -> str | None:
        """The first value of the header, whose name is given in lower case; None where it is absent."""
        return next((value for given, value in self.headers if given == name), None)

    def decode(self, type_: type[T]) -> T:
        """The JSON body of a 2xx as a value of the type. ``UpstreamInvalid`` for another status, and for a body that is not of the type."""
        if not 200 <= self.status < 300:
            raise UpstreamInvalid(params={"status": self.status})
        try:
            return msgspec.json.decode(self.body, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamInvalid(params={"status": self.status}) from error

    def __repr__(self) -> str:
        """Without headers and body, which may hold what is nobody's business."""
        return f"HttpReply({self.status}, {len(self.body)} bytes)"


class Http(Protocol):
    """The wire to other services: one exchange, without retries. Components do not use it themselves: ``context.send`` does."""

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:
        """The reply to the request, all of it within ``seconds``; cancelled or late, the connection is closed. ``stamp`` is sent with its headers.

        ``UpstreamForbidden`` before anything is sent to a place that the deployment does not call: the name is looked up once, every address
        is checked, and the connection goes to a checked one. ``UpstreamUnavailable`` where there is no connection or it breaks,
        ``UpstreamTimeout`` where time runs out, ``UpstreamTooLarge`` and ``UpstreamInvalid`` for a reply that cannot be used. It repeats
        nothing; calls of tasks and threads do not disturb each other. ``ConfigurationError`` where no client is installed.
        """
        ...


class NoHttp:
    """The port Http of a machine that was given none."""

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:  # noqa: ARG002  (the port's signature)
        """``ConfigurationError``, with the mend."""
        message = f"{request.target.name!r} was to be called, and this machine has no client for outbound calls: give System(http=..., sleeper=...)"
        raise ConfigurationError(message)
