"""Holds two targets against each other: the same exchange, the same answer. It knows what may differ, and that this list is written down with reasons."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from .cases.player import curl
from .target import Exchange, HeaderLines, Reply, Target

FRAMING: Final = frozenset({b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding"})
"""Headers of the server, not of the application."""

DIFFERENCES: Final = Path(__file__).with_name("differences.toml")


class Difference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted difference from the reference, with its reason and a request that shows it."""

    id: Literal["joined-lines", "encoded-slash"]
    lacks: str
    """It holds for targets without this capability."""
    reason: str
    target: str = "/tenant"
    """What the example asks for; ``<a.product>`` and the like stand for values of the world."""
    headers: tuple[tuple[str, str], ...] = ()
    times: int = 1
    """How often the example repeats its headers."""

    def concerns(self, exchange: Exchange) -> bool:
        """Whether the exchange is one that may be answered differently."""
        return _CONCERNS[self.id](exchange)


def _has_joined_lines(exchange: Exchange) -> bool:
    """Repeated headers that reach a limit: counted line by line they are more, joined they are longer."""
    sizes: dict[bytes, list[int]] = {}
    for name, value in exchange.headers:
        sizes.setdefault(name, []).append(len(value))
    repeated = any(len(each) > 1 for each in sizes.values())
    return repeated and (len(exchange.headers) > 90 or any(len(each) > 1 and sum(each) > 8_000 for each in sizes.values()))


_CONCERNS: Final[Mapping[str, Callable[[Exchange], bool]]] = {
    "joined-lines": _has_joined_lines,
    "encoded-slash": lambda exchange: b"%2f" in exchange.path.lower(),
}


def differences(target: Target) -> tuple[Difference, ...]:
    """What is written down for targets like this one."""
    document = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    return tuple(
        entry for entry in msgspec.convert(document["difference"], tuple[Difference, ...]) if entry.lacks not in target.capabilities
    )


def comparable(reply: Reply) -> tuple[int, HeaderLines, bytes]:
    """What must be equal: status, every header line but the server's, body. Nothing is normalised."""
    return reply.status, tuple(sorted(line for line in reply.headers if line[0] not in FRAMING)), reply.body


class Parity:
    """Several targets that are told the same; the first is the reference. It remembers what was sent, for the script of a counter-example."""

    def __init__(self, targets: tuple[Target, ...]) -> None:
        """All in the same state."""
        self.targets = targets
        self.sent: list[str] = []
        self._accepted = {target.name: differences(target) for target in targets}

    def send(self, exchange: Exchange) -> Reply:
        """The reply that all give; ``AssertionError`` with a curl script where one differs."""
        self.sent.append(curl(exchange))
        reference, *others = self.targets
        expected = reference.send(exchange)
        for target in others:
            if any(entry.concerns(exchange) for entry in self._accepted[target.name]):
                continue
            got = target.send(exchange)
            if comparable(got) != comparable(expected):
                raise AssertionError(self._told(reference.name, expected, target.name, got))
        return expected

    def _told(self, reference: str, expected: Reply, name: str, got: Reply) -> str:
        script = "\n".join(self.sent)
        return f"{name} differs from {reference}\n{_shown(reference, expected)}\n{_shown(name, got)}\n{script}"


def _shown(name: str, reply: Reply) -> str:
    status, headers, body = comparable(reply)
    lines = "\n".join(f"    {line[0].decode('latin-1')}: {line[1].decode('latin-1')}" for line in headers)
    return f"  {name}: {status}\n{lines}\n    {body!r}"
