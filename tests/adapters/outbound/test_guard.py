"""The guard against server-side request forgery: which origins and which addresses may be called."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.outbound import Guard, allowance
from kingpost.adapters.outbound.addresses import is_public
from kingpost.kernel.outbound import UpstreamForbidden, UpstreamUnavailable
from kingpost.kernel.urls import read_url

PUBLIC = (
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.0.1",
    "223.255.255.255",
)
PUBLIC_6 = ("2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1")
INNER = (
    *(
        "0.0.0.0",  # noqa: S104  (nothing is bound)
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
    ),
    *(
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
    ),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "100.100.100.200"),
)
INNER_6 = (
    *(
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
    ),
    *("::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::101:101", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1"),
    *("2001::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1"),
)


@pytest.mark.parametrize("text", [*PUBLIC, *PUBLIC_6])
def test_the_internet_is_public(text: str) -> None:
    """Up to the edges of what is not; an IPv4 address within an IPv6 address counts as itself."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", [*INNER, *INNER_6])
def test_everything_else_is_not(text: str) -> None:
    """Loopback, private, shared, link-local, unique local, multicast, reserved, documentation, in IPv6 whatever carries one of them too."""
    assert not is_public(ip_address(text))


CARRIERS = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))


@given(address=st.ip_addresses())
def test_what_python_knows_to_be_special_is_never_public(address: IPv4Address | IPv6Address) -> None:
    """A second opinion, on all but the addresses that carry another."""
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast or address.is_reserved
    assert not (special and is_public(address)) or any(address in network for network in CARRIERS)


@given(octets=st.binary(min_size=4, max_size=4))
def test_an_address_hides_nowhere(octets: bytes) -> None:
    """Mapped, translated or tunnelled, an IPv4 address is as public as it is by itself."""
    plain = ip_address(octets)
    mapped, translated = (ip_address(bytes.fromhex(prefix) + octets) for prefix in ("00" * 10 + "ffff", "0064ff9b" + "00" * 8))
    tunnelled = ip_address(bytes.fromhex("2002") + octets + bytes(10))
    assert {is_public(mapped), is_public(translated), is_public(tunnelled)} == {is_public(plain)}


@pytest.mark.parametrize(
    "url", ["https://api.example.com/", "https://api.example.com:443/x", "https://1.1.1.1/", "https://[2606:4700::1]/"]
)
def test_https_on_its_own_port_may_be_called(url: str) -> None:
    """Without any setting."""
    Guard().check_origin(read_url(url).origin)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.example.com/", "plain http"),
        ("https://api.example.com:8443/", "port"),
        ("https://api.example.com:22/", "port"),
        ("https://localhost/", "without a dot"),
        ("https://db/", "without a dot"),
    ],
)
def test_everything_else_is_refused_by_name(url: str, reason: str) -> None:
    """Before anything is looked up; the reason says what a setting could allow."""
    with pytest.raises(UpstreamForbidden) as refused:
        Guard().check_origin(read_url(url).origin)
    assert reason in refused.value.reason


def test_an_allowed_origin_is_exact() -> None:
    """Scheme, host and port, and no other of the three."""
    guard = Guard(["http://billing.internal:8080"])
    guard.check_origin(read_url("http://BILLING.internal:8080/x").origin)
    for url in (
        "http://billing.internal/",
        "http://x.billing.internal:8080/",
        "http://other.internal:8080/",
        "https://billing.internal:8080/",
    ):
        with pytest.raises(UpstreamForbidden):
            guard.check_origin(read_url(url).origin)
    assert guard.addresses("billing.internal", 8080, ["10.0.0.7", "fd00::7"]) == ("10.0.0.7", "fd00::7")
    with pytest.raises(UpstreamForbidden):
        guard.addresses("billing.internal", 443, ["10.0.0.7"])


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "224.0.0.1", "::ffff:169.254.169.254"],  # noqa: S104  (nothing is bound)
)
def test_an_allowed_name_does_not_lead_to_a_clouds_credentials(address: str) -> None:
    """Whoever can change the name's address could fetch them."""
    with pytest.raises(UpstreamForbidden):
        Guard(["http://billing.internal:8080"]).addresses("billing.internal", 8080, [address])


def test_an_allowed_network_counts_as_public() -> None:
    """Its addresses and no others, under any name."""
    guard = Guard(["10.20.0.0/16", "fd00:1::/32"])
    assert guard.addresses("hook.example", 443, ["10.20.1.1", "fd00:1::1", "1.1.1.1"]) == ("10.20.1.1", "fd00:1::1", "1.1.1.1")
    for address in ("10.21.0.1", "fd00:2::1", "127.0.0.1"):
        with pytest.raises(UpstreamForbidden):
            guard.addresses("hook.example", 443, [address])
    with pytest.raises(UpstreamForbidden):
        guard.check_origin(read_url("http://10.20.1.1/").origin)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_inner_address_refuses_the_name(position: int) -> None:
    """Not only the first is judged: the connection might go to another."""
    found = ["1.1.1.1", "1.0.0.1", "2606:4700::1"]
    found.insert(position, "10.0.0.1")
    with pytest.raises(UpstreamForbidden) as refused:
        Guard().addresses("rebound.example", 443, found)
    assert "10.0.0.1" in refused.value.reason
    assert "10.0.0.1" not in str(refused.value)


def test_a_long_answer_is_judged_whole_and_tried_in_part() -> None:
    """Doubles are dropped; the resolver's order stays; a zone is part of an address that is refused anyway."""
    many = [f"1.1.1.{number}" for number in (1, 1, 2, 3, 4, 5, 6)]
    assert Guard().addresses("many.example", 443, many) == ("1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4")
    with pytest.raises(UpstreamForbidden):
        Guard().addresses("many.example", 443, [*many, "127.0.0.1"])
    with pytest.raises(UpstreamForbidden):
        Guard().addresses("zone.example", 443, ["fe80::1%eth0"])
    with pytest.raises(UpstreamUnavailable):
        Guard().addresses("none.example", 443, [])


@pytest.mark.parametrize(
    "piece",
    [
        "",
        "*",
        "billing",
        "billing:8080",
        "http://billing/",
        "http://billing/x",
        "http://u@billing",
        "ftp://billing",
        "10.0.0.1",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "::/129",
        "0/0",
    ],
)
def test_an_allowance_is_an_origin_or_a_network(piece: str) -> None:
    """And nothing in between."""
    with pytest.raises(ValueError, match=r"."):
        allowance(piece)
