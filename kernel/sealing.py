"""Encryption at rest under the deployment's root secrets: XAES-256-GCM. It knows keys and bytes, neither what is sealed nor where it is kept.

The construction is C2SP's (https://c2sp.org/XAES-256-GCM): a 192-bit nonce, of which half derives a key for this message by AES-CMAC (NIST SP 800-108r1,
counter mode) and half is the nonce of AES-256-GCM (NIST SP 800-38D). So nonces may be drawn at random for as long as a key lives, which plain
AES-GCM allows for 2**32 messages only.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from kingpost.kernel.errors import InternalError
from kingpost.kernel.system import Entropy

_FORMAT: Final = b"\x01"
_NONCE: Final = 24
_HALF: Final = 12
_TAG: Final = 16
_LABEL: Final = ord("X")
_REDUCTION: Final = 0x87
"""The polynomial of GF(2**128) by which CMAC derives its subkey (NIST SP 800-38B, section 5.3)."""


class Unsealable(InternalError):
    """What was read is not what was sealed: it was changed, moved from its place, or sealed under a secret that is not among the root secrets."""

    code, title = "unsealable", "Something that was stored encrypted cannot be read."


class RootSealer:
    """The port Sealer. The first key seals, all open, so that root secrets can be rotated."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """``keys`` are 32 bytes each."""
        self._keys = tuple(_Key(key) for key in keys)
        self._entropy = entropy

    def __repr__(self) -> str:
        """Without the keys, as error trackers print what they find in a traceback."""
        return "RootSealer(...)"

    def seal(self, plain: bytes, *, binding: bytes) -> bytes:
        """One byte that names the form, the nonce, the ciphertext and its tag: 41 bytes more than ``plain``."""
        nonce = self._entropy.draw("secrets", _NONCE)
        return _FORMAT + nonce + self._keys[0].encrypt(nonce, plain, binding)

    def open(self, sealed: bytes, *, binding: bytes) -> bytes:
        """What was sealed with this binding; ``Unsealable`` for everything else."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] != _FORMAT or len(ciphertext) < _TAG:
            raise Unsealable
        for key in self._keys:
            try:
                return key.decrypt(nonce, ciphertext, binding)
            except InvalidTag:
                continue
        raise Unsealable


class _Key:
    """One key of XAES-256-GCM."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305  (single blocks under CMAC, as the construction says)
        block = int.from_bytes(self._blocks(bytes(16)), "big")
        self._subkey = (block << 1) & (2**128 - 1) ^ (_REDUCTION if block >> 127 else 0)

    def encrypt(self, nonce: bytes, plain: bytes, binding: bytes) -> bytes:
        return self._derived(nonce).encrypt(nonce[_HALF:], plain, binding)

    def decrypt(self, nonce: bytes, ciphertext: bytes, binding: bytes) -> bytes:
        return self._derived(nonce).decrypt(nonce[_HALF:], ciphertext, binding)

    def _derived(self, nonce: bytes) -> AESGCM:
        """The key of this message: two counter blocks of 16 bytes, each one whole block of CMAC."""
        head = int.from_bytes(nonce[:_HALF], "big")
        blocks = ((counter << 112 | _LABEL << 104 | head) ^ self._subkey for counter in (1, 2))
        return AESGCM(self._blocks(b"".join(block.to_bytes(16, "big") for block in blocks)))

    def _blocks(self, blocks: bytes) -> bytes:
        encryptor = self._cipher.encryptor()
        return encryptor.update(blocks) + encryptor.finalize()
