"""What a case is: data. A law in one sentence, the exchanges that try it, and what must come back. It knows no target."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Tier: TypeAlias = Literal["asgi", "both"]


class Expect(Struct, frozen=True, kw_only=True):
    """What a reply must be; what is left out is free."""

    status: int
    code: str | None = None
    """The code of the problem document."""
    headers: Mapping[str, str] = {}
    """Headers with their exact values."""
    absent: tuple[str, ...] = ()
    """Headers that must not be there."""
    fields: Mapping[str, object] = {}
    """Members of the JSON body with their values."""
    without: tuple[str, ...] = ()
    """Texts that the reply must not hold anywhere."""
    holds: tuple[str, ...] = ()
    """Texts that the body must hold."""
    pointers: tuple[str, ...] | None = None
    """The pointers of ``errors``, in order."""
    body: bytes | None = None
    same_as: int | None = None
    """The number of an earlier step whose reply must be equal, byte for byte."""


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
    """Names for what comes back: ``header:etag``, or the way into the JSON body, ``json:tenant/id``."""
    fail: str | None = None
    """Through the back door: the port call that raises an unforeseen error during this step."""


class Case(Struct, frozen=True, kw_only=True):
    """A law and how it is tried."""

    id: str
    law: str
    steps: tuple[Step, ...]
    tier: Tier = "both"
    """``asgi``: WSGI cannot carry the request (a written difference of that tier)."""
    needs: frozenset[str] = frozenset()
    """Capabilities of the target without which the case cannot be tried."""

    @property
    def changes(self) -> bool:
        """Whether the world is another one afterwards."""
        return any(step.fail is not None or (step.method not in _READERS and step.expect.status < 400) for step in self.steps)


_READERS = ("GET", "HEAD", "OPTIONS")


def one(id_: str, law: str, step: Step, *, tier: Tier = "both", needs: frozenset[str] = frozenset()) -> Case:
    """A case of one step."""
    return Case(id=id_, law=law, steps=(step,), tier=tier, needs=needs)


MUG = b'{"sku":"MUG-01","name":"Mug","price":{"amount":1250,"currency":"EUR"},"stock":40}'
"""The body of a product that every validation accepts."""


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
