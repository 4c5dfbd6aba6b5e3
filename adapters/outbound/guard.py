"""The guard against server-side request forgery: which places may be called. It decides about origins and addresses; it resolves and connects nothing.

Without an allowance: https on port 443, at addresses of the public internet. Every address of a name is judged, and one that is not allowed
refuses the name: who may choose among them would choose that one.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from kingpost.kernel.outbound import UpstreamForbidden, UpstreamUnavailable
from kingpost.kernel.urls import Origin, read_url

from .addresses import Network, is_of_a_service, is_public, parse

_CIDR: Final = re.compile(r"[0-9a-f:.]+/[0-9]{1,3}").fullmatch
_ADDRESSES: Final = 4
"""How many addresses of a name are tried."""
USE: Final = "write origins such as http://billing.internal:8080 or https://partner.example:8443, and networks such as 10.20.0.0/16"


def allowance(piece: str) -> Origin | Network:
    """An exact origin, or a network as its first address and length. ``ValueError`` for anything else, and for a network with host bits set."""
    text = piece.lower()
    if _CIDR(text):
        return (IPv6Network if ":" in text else IPv4Network)(text)
    try:
        url = read_url(text)
    except UpstreamForbidden:
        raise ValueError(USE) from None
    if url.target != "/" or text.endswith("/"):
        raise ValueError(USE)
    return url.origin


class Guard:
    """Judges origins before anything is looked up, and addresses before anything is connected."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        """``ValueError`` for a piece that ``allowance`` does not read."""
        allowances = tuple(map(allowance, allow))
        self._origins = frozenset(each for each in allowances if isinstance(each, Origin))
        self._networks = tuple(each for each in allowances if not isinstance(each, Origin))
        self._places = frozenset((origin.host, origin.port) for origin in self._origins)

    def check_origin(self, origin: Origin) -> None:
        """``UpstreamForbidden`` unless it is https on port 443 at a full host name, or allowed by name."""
        if origin in self._origins:
            return
        if origin.scheme != "https":
            raise UpstreamForbidden("plain http; allow the origin, or call https")
        if origin.port != 443:
            raise UpstreamForbidden("a port other than 443; allow the origin")
        if "." not in origin.host and ":" not in origin.host:
            raise UpstreamForbidden("a host name without a dot; allow the origin")

    def addresses(self, host: str, port: int, found: Iterable[str]) -> tuple[str, ...]:
        """The addresses to connect to, in the resolver's order. ``UpstreamForbidden`` when one of them is not allowed."""
        told = tuple(dict.fromkeys(found))
        if not told:
            raise UpstreamUnavailable
        for text in told:
            address = parse(text)
            listed = any(address in network for network in self._networks if network.version == address.version)
            named = (host, port) in self._places and is_of_a_service(address)
            if not (listed or named or is_public(address)):
                raise UpstreamForbidden(f"{text} is no public address; allow the origin or the network")
        return told[:_ADDRESSES]
