"""Encryption at rest: the published vectors, what opens what, and what a sealed value may not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.memory import SeededEntropy
from kingpost.kernel.sealing import RootSealer, Unsealable
from kingpost.kernel.system import Stream

KEYS = (bytes(range(32)), bytes(range(1, 33)))


class Fixed:
    """Entropy that always draws the nonce of the vectors."""

    def draw(self, stream: Stream, size: int) -> bytes:
        """The nonce."""
        assert (stream, size) == ("secrets", 24)
        return b"ABCDEFGHIJKLMNOPQRSTUVWX"


@pytest.mark.parametrize(
    ("key", "binding", "ciphertext"),
    [
        (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (b"\x03" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ],
    ids=["without associated data", "with associated data"],
)
def test_the_vectors_of_the_specification(key: bytes, binding: bytes, ciphertext: str) -> None:
    """C2SP XAES-256-GCM: both of its published vectors, behind the byte of the form and the nonce."""
    sealed = RootSealer((key,), Fixed()).seal(b"XAES-256-GCM", binding=binding)
    assert sealed == b"\x01ABCDEFGHIJKLMNOPQRSTUVWX" + bytes.fromhex(ciphertext)


@given(plain=st.binary(max_size=200), binding=st.binary(max_size=50), key=st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens(plain: bytes, binding: bytes, key: bytes) -> None:
    """For any bytes, binding and key."""
    sealer = RootSealer((key,), SeededEntropy("sealing"))
    assert sealer.open(sealer.seal(plain, binding=binding), binding=binding) == plain


def test_no_two_seals_are_alike() -> None:
    """Equal values cannot be told by their sealed forms."""
    sealer = RootSealer(KEYS, SeededEntropy("sealing"))
    assert len({sealer.seal(b"same", binding=b"here") for _ in range(50)}) == 50


def test_a_rotated_secret_still_opens_what_it_sealed() -> None:
    """The first key seals, all open; once a key is gone, what it sealed is too."""
    old = RootSealer(KEYS[1:], SeededEntropy("old"))
    both = RootSealer(KEYS, SeededEntropy("both"))
    sealed = old.seal(b"value", binding=b"here")
    assert both.open(sealed, binding=b"here") == b"value"
    with pytest.raises(Unsealable):
        old.open(both.seal(b"value", binding=b"here"), binding=b"here")


def test_any_changed_bit_is_noticed() -> None:
    """In the form, the nonce, the ciphertext and the tag; and so is a cut, a longer value, and another binding."""
    sealer = RootSealer(KEYS, SeededEntropy("sealing"))
    sealed = sealer.seal(b"value", binding=b"here")
    changed = [sealed[:at] + bytes((sealed[at] ^ 1 << bit,)) + sealed[at + 1 :] for at in range(len(sealed)) for bit in range(8)]
    for wrong in (*changed, b"", sealed[:1], sealed[:40], sealed[:-1], sealed + b"\0"):
        with pytest.raises(Unsealable):
            sealer.open(wrong, binding=b"here")
    with pytest.raises(Unsealable):
        sealer.open(sealed, binding=b"there")


def test_a_sealer_does_not_show_its_keys() -> None:
    """Error trackers print what they find in a traceback."""
    assert repr(RootSealer(KEYS, SeededEntropy("sealing"))) == "RootSealer(...)"
