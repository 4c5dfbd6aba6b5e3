"""Which IP addresses belong to the public internet. It knows the registries of IANA and how IPv6 carries IPv4; it knows no name and no setting.

Not ``ipaddress.is_global``: its tables differ between versions of Python, and it takes an embedded IPv4 address for a public one.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_SPECIAL_4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
            *("192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),  # multicast; reserved, with the broadcast address
        ),
    )
)
"""RFC 6890 and the IANA IPv4 Special-Purpose Address Registry."""

_PUBLIC_6: Final = IPv6Network("2000::/3")
"""Global unicast: all that has been given out. Loopback, link-local, unique local, multicast and NAT64 of one's own lie outside."""
_SPECIAL_6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")))
"""Within it: protocol assignments (Teredo among them), documentation, AS112."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_NEVER: Final[tuple[Network, ...]] = tuple(
    (IPv6Network if ":" in text else IPv4Network)(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8"),
        *("100.100.100.200/32", "fd00:ec2::254/128", "fd20:ce::254/128"),  # where clouds answer with credentials, outside link-local
    )
)


def parse(text: str) -> Address:
    """The address that a resolver has told, without its zone (``fe80::1%eth0``)."""
    return ip_address(text.partition("%")[0])


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, as well as any IPv4 address that it carries within."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    carried = tuple(_carried(address))
    if carried:
        return all(map(is_public, carried))
    return address in _PUBLIC_6 and not any(address in network for network in _SPECIAL_6)


def is_of_a_service(address: Address) -> bool:
    """Whether a service that an operator names may be there: nowhere link-local, multicast, unspecified, reserved, or where a cloud tells credentials."""
    carried = tuple(_carried(address)) if isinstance(address, IPv6Address) else ()
    return all(not any(each in network for network in _NEVER) for each in (address, *carried))


def _carried(address: IPv6Address) -> Iterator[IPv4Address]:
    """IPv4-mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056): where the packet goes in the end."""
    if address in _MAPPED or address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    elif address in _SIX_TO_FOUR:
        yield IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
