"""The written list of what a target may answer differently, each with its reason. It knows which exchanges an entry is about."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, unquote_to_bytes

import msgspec
from msgspec import Struct

from kingpost.conformance.target import Capability, Exchange, Target

DIFFERENCES: Final = Path(__file__).parent.with_name("differences.toml")


class Difference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted difference from the reference, with its reason and a request that shows it."""

    id: Literal["joined-lines", "encoded-slash", "respelled-path", "broken-escape"]
    lacks: Capability
    """It holds for targets without this capability."""
    reason: str
    target: str = "/tenant"
    """What the example asks for; ``<a.specimen>`` and the like stand for values of the world."""
    headers: tuple[tuple[str, str], ...] = ()
    times: int = 1
    """How often the example repeats its headers."""

    def concerns(self, exchange: Exchange) -> bool:
        """Whether the exchange is one that may be answered differently. The reference reads or refuses, so none of these changes anything."""
        return _CONCERNS[self.id](exchange)


_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _has_joined_lines(exchange: Exchange) -> bool:
    """Repeated headers that reach a limit: counted line by line they are more, joined they are longer."""
    sizes: dict[bytes, list[int]] = {}
    for name, value in exchange.headers:
        sizes.setdefault(name, []).append(len(value))
    repeated = any(len(each) > 1 for each in sizes.values())
    return repeated and (len(exchange.headers) > 90 or any(len(each) > 1 and sum(each) > 8_000 for each in sizes.values()))


def _is_respelled(exchange: Exchange) -> bool:
    """What is read at a path with escapes that it could do without."""
    return exchange.method in ("GET", "HEAD") and b"%" in exchange.path and quote(unquote_to_bytes(exchange.path)).encode() != exchange.path


_CONCERNS: Final[Mapping[str, Callable[[Exchange], bool]]] = {
    "joined-lines": _has_joined_lines,
    "encoded-slash": lambda exchange: b"%2f" in exchange.path.lower(),
    "respelled-path": _is_respelled,
    "broken-escape": lambda exchange: _BROKEN_ESCAPE.search(exchange.path) is not None,
}


@cache
def written() -> tuple[Difference, ...]:
    """The whole list."""
    document = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    return msgspec.convert(document["difference"], tuple[Difference, ...])


def differences(target: Target) -> tuple[Difference, ...]:
    """What is written down for targets like this one."""
    return tuple(entry for entry in written() if entry.lacks not in target.capabilities)


def concerned(target: Target, exchanges: Iterable[Exchange]) -> bool:
    """Whether the target may answer one of them differently."""
    sent = tuple(exchanges)
    return any(entry.concerns(exchange) for entry in differences(target) for exchange in sent)
