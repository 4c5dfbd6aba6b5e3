"""Cursors are signed, opaque and bound to their list: anything else is refused alike."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import pytest

from kingpost.kernel.cursors import Cursors
from kingpost.kernel.errors import MalformedCursor

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
POSITION = ("acme", 7, True, None, b"\x00\xff", datetime(2026, 1, 31, 9, 30, 0, 123456, tzinfo=UTC))
BINDING = b'["tenancy.tenants.list",null,{}]'

cursors = Cursors((KEY,))


@pytest.mark.parametrize("position", [POSITION, (), ("",), (-(2**63),), (2**63 - 1,), ("\x00\u00e9\U0001f600",)])
def test_a_position_comes_back(position: tuple[object, ...]) -> None:
    """Every kind of value that a position may hold survives, to the microsecond and the last bit."""
    opened = cursors.open(cursors.seal(position, binding=BINDING), binding=BINDING)  # type: ignore[arg-type]
    assert opened == position
    assert [type(value) for value in opened] == [type(value) for value in position]


def test_a_cursor_fits_into_a_url() -> None:
    """It holds only unreserved characters (RFC 3986), so nobody needs to escape it."""
    assert set(cursors.seal(POSITION, binding=BINDING)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_hides_the_key() -> None:
    """Equal positions under different keys look different from the first byte on."""
    assert Cursors((OTHER_KEY,)).seal(POSITION, binding=BINDING)[:16] != cursors.seal(POSITION, binding=BINDING)[:16]


def test_every_flipped_bit_is_noticed() -> None:
    """No bit of a cursor can be changed, the MAC's bits among them."""
    raw = urlsafe_b64decode(cursors.seal(("abc", 5), binding=BINDING) + "==")
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(MalformedCursor):
            cursors.open(urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode(), binding=BINDING)


def test_every_truncation_is_noticed() -> None:
    """No shorter or longer text opens."""
    sealed = cursors.seal(("abc", 5), binding=BINDING)
    for length in range(len(sealed)):
        with pytest.raises(MalformedCursor):
            cursors.open(sealed[:length], binding=BINDING)
    with pytest.raises(MalformedCursor):
        cursors.open(sealed + "A", binding=BINDING)


@pytest.mark.parametrize(
    "binding",
    [
        b'["tenancy.tenants.list","ten_a",{}]',
        b'["storefront.products.list",null,{}]',
        b'["tenancy.tenants.list",null,{"status":"closed"}]',
        b"",
    ],
    ids=["tenant", "list", "filter", "nothing"],
)
def test_a_cursor_of_another_list_is_refused(binding: bytes) -> None:
    """A cursor opens only for the tenant, the list and the filter that it was made for."""
    with pytest.raises(MalformedCursor):
        cursors.open(cursors.seal(POSITION, binding=BINDING), binding=binding)


def test_binding_and_position_cannot_trade_bytes() -> None:
    """The length of the binding is under the MAC, so a byte cannot move from one to the other."""
    payload = cursors.seal(("a",), binding=b"list")
    raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    moved = urlsafe_b64encode(raw[:16] + b"t" + raw[16:]).rstrip(b"=").decode()
    with pytest.raises(MalformedCursor):
        cursors.open(moved, binding=b"lis")


def test_a_foreign_key_is_refused() -> None:
    """Another deployment's cursor is a forged one."""
    with pytest.raises(MalformedCursor):
        Cursors((OTHER_KEY,)).open(cursors.seal(POSITION, binding=BINDING), binding=BINDING)


def test_keys_rotate() -> None:
    """The first key seals, all open: a new key in front keeps old cursors alive until the old key is dropped."""
    old = cursors.seal(POSITION, binding=BINDING)
    rotated = Cursors((OTHER_KEY, KEY))
    assert rotated.open(old, binding=BINDING) == POSITION
    new = rotated.seal(POSITION, binding=BINDING)
    assert Cursors((OTHER_KEY,)).open(new, binding=BINDING) == POSITION
    with pytest.raises(MalformedCursor):
        cursors.open(new, binding=BINDING)


@pytest.mark.parametrize("text", ["", "=", "A", "AAAA====", "caf\u00e9", "a b", "a\nb", "+/+/", "%41", "A" * 2001, "A" * 2000])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """Garbage of any kind and length gives the one condition and nothing else."""
    with pytest.raises(MalformedCursor):
        cursors.open(text, binding=BINDING)


def test_a_cursor_has_one_spelling() -> None:
    """Padding, a newline or the other base64 alphabet do not make a second text for the same cursor."""
    sealed = cursors.seal(("abc", 5, "x"), binding=BINDING)
    for variant in (sealed + "=", sealed + "\n", " " + sealed, sealed.replace("-", "+").replace("_", "/") + "+"):
        with pytest.raises(MalformedCursor):
            cursors.open(variant, binding=BINDING)
