"""What a case is: data. A law in one sentence, the exchanges that try it, and what must come back. It knows no target."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.conformance.check import Tier
from kingpost.conformance.target import Capability

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Fault: TypeAlias = Literal["unforeseen", "unavailable", "timeout"]


class Expect(Struct, frozen=True, kw_only=True):
    """What a reply must be; what is left out is free. ``<name>`` stands for a value of the world here too."""

    status: int
    code: str | None = None
    """The code of the problem document."""
    headers: Mapping[str, str] = {}
    """Headers with their exact values."""
    absent: tuple[str, ...] = ()
    """Headers that must not be there."""
    fields: Mapping[str, object] = {}
    """Members of the JSON body with their values; ``items/0/label`` is the way to an inner one."""
    matches: Mapping[str, str] = {}
    """Members of the JSON body whose text matches a regular expression as a whole."""
    members: tuple[str, ...] | None = None
    """The names of all members of the JSON body, in any order."""
    listed: Mapping[str, tuple[object, ...]] = {}
    """Of the items of a page, the values that a member has, in order. Rows of one millisecond have no order of creation: see ``found``."""
    found: Mapping[str, tuple[object, ...]] = {}
    """Of the items of a page, the values that a member has, in any order."""
    without: tuple[str, ...] = ()
    """Texts that the reply must not hold anywhere."""
    holds: tuple[str, ...] = ()
    """Texts that the body must hold."""
    pointers: tuple[str, ...] | None = None
    """The pointers of ``errors``, in order."""
    reasons: tuple[str, ...] | None = None
    """The codes of ``errors``, in order."""
    body: bytes | None = None
    same_as: int | None = None
    """The number of an earlier step whose reply must be equal, byte for byte."""
    body_of: int | None = None
    """The number of an earlier step whose body must be equal, byte for byte."""
    headers_of: int | None = None
    """The number of an earlier step whose reply must have the same status and the same headers."""


class Step(Struct, frozen=True, kw_only=True):
    """One exchange. ``<name>`` in target, headers and body stands for a value of the world or of an earlier step."""

    expect: Expect
    method: str = "GET"
    target: str = "/tenant"
    key: str | None = "a.key"
    """Which credential goes into ``Authorization``; None for none."""
    headers: Pairs = ()
    """In addition to ``Host``, ``Request-Id``, ``Authorization`` and, with a body, ``Content-Type``, each only where it is not given here."""
    omit: tuple[str, ...] = ()
    """Headers that are not sent after all."""
    body: bytes = b""
    chunked: bool = False
    declared: int | None = None
    websocket: bool = False
    save: Mapping[str, str] = {}
    """Names for what comes back: ``header:etag``, ``link:next`` (RFC 8288), or the way into the JSON body, ``json:tenant/id``."""
    fail: str | None = None
    """Through the back door: the port call that raises an error during this step."""
    fault: Fault = "unforeseen"
    """Which error: one that nobody foresaw, or what a store raises when its database cannot be reached or is too slow."""
    advance: float = 0
    """Through the back door: seconds that pass before this step."""


class Case(Struct, frozen=True, kw_only=True):
    """A law and how it is tried."""

    id: str
    """Dotted, lower case; the first word is the component that it judges, or ``http`` or ``isolation``, which are nobody's alone."""
    law: str
    steps: tuple[Step, ...]
    tier: Tier = "core"
    needs: frozenset[Capability] = frozenset()
    """What the target must be able to do, beyond what the steps themselves say."""

    @property
    def component(self) -> str:
        """What it judges."""
        return self.id.partition(".")[0]

    @property
    def requires(self) -> frozenset[Capability]:
        """Everything that the target must be able to do."""
        return self.needs | frozenset(capability for step in self.steps for capability in _required(step))

    @property
    def changes(self) -> bool:
        """Whether the world is another one afterwards."""
        return any(
            step.fail is not None or step.advance or (step.method not in _READERS and step.expect.status < 400) for step in self.steps
        )


_READERS: Final = ("GET", "HEAD", "OPTIONS")


def _required(step: Step) -> tuple[Capability, ...]:
    asked = (
        (Capability.BACK_DOOR, step.fail is not None or step.advance > 0),
        (Capability.CHUNKED, step.chunked),
        (Capability.WEBSOCKET, step.websocket),
    )
    return tuple(capability for capability, needed in asked if needed)


EMPTY_PAGE: Final[Mapping[str, object]] = {"items": [], "next_cursor": None}
"""The body of a list in which nothing is."""
TIMESTAMP: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
"""A time as it comes out: RFC 3339 in UTC, six digits of a second."""


def one(id_: str, law: str, step: Step, *, tier: Tier = "core", needs: frozenset[Capability] = frozenset()) -> Case:
    """A case of one step."""
    return Case(id=id_, law=law, steps=(step,), tier=tier, needs=needs)


def get(target: str, status: int, code: str | None = None, *, key: str | None = "a.key", headers: Pairs = ()) -> Step:
    """A GET and the status that it must have."""
    return Step(target=target, key=key, headers=headers, expect=Expect(status=status, code=code))


def post(
    target: str,
    body: bytes,
    status: int,
    code: str | None = None,
    *,
    key: str | None = "a.key",
    headers: Pairs = (),
    pointers: tuple[str, ...] | None = None,
) -> Step:
    """A POST and the status that it must have."""
    return Step(
        method="POST", target=target, key=key, body=body, headers=headers, expect=Expect(status=status, code=code, pointers=pointers)
    )


def patch(
    target: str,
    etag: str | None,
    body: bytes,
    expect: Expect,
    *,
    key: str | None = "a.key",
    save: Mapping[str, str] = {},
) -> Step:
    """A PATCH under an entity tag, or without one."""
    headers = () if etag is None else (("if-match", etag),)
    return Step(method="PATCH", target=target, key=key, body=body, headers=headers, expect=expect, save=save)


def delete(target: str, etag: str | None, status: int, code: str | None = None, *, key: str | None = "a.key") -> Step:
    """A DELETE under an entity tag, or without one."""
    headers = () if etag is None else (("if-match", etag),)
    return Step(method="DELETE", target=target, key=key, headers=headers, expect=Expect(status=status, code=code))


QUARTZ: Final = b'{"label":"QUARTZ-1","title":"Quartz","price":{"amount":1250,"currency":"EUR"},"count":40}'
"""The body of a specimen that every validation accepts."""


def specimen(label: str = "QUARTZ-1", /, **members: bytes) -> bytes:
    """The body of a specimen with these members as JSON texts, added to the least that it needs or in place of it."""
    fields = {"label": b'"%s"' % label.encode(), "title": b'"Quartz"', "price": b'{"amount":1,"currency":"EUR"}'} | members
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"


def priced(amount: bytes, currency: bytes = b'"EUR"') -> bytes:
    """The body of a specimen with this price."""
    return specimen(price=b'{"amount":%s,"currency":%s}' % (amount, currency))
