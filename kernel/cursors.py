"""Signed, opaque list cursors. It knows how a keyset position is bound to its list; it knows no store.

A cursor is base64url(MAC, position), where the MAC (HMAC-SHA256, 128 bits) covers the position and what the list was: operation,
tenant, filter. So a cursor of another tenant, list or filter is refused like a forged one.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import msgspec

from kingpost.kernel.errors import MalformedCursor
from kingpost.kernel.store import Value

_MAC = 16
_LONGEST = 2000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Cursors:
    """Seals and opens cursors with the keys of the deployment; the first key seals, all open."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        """``keys`` are 32 bytes each."""
        self._keys = keys

    def seal(self, position: tuple[Value, ...], *, binding: bytes) -> str:
        """The cursor for a position in the list that ``binding`` names."""
        payload = _encode(position)
        return urlsafe_b64encode(_mac(self._keys[0], binding, payload) + payload).rstrip(b"=").decode()

    def open(self, cursor: str, *, binding: bytes) -> tuple[Value, ...]:
        """The position; ``MalformedCursor`` for anything that ``seal`` did not make for this binding."""
        try:
            raw = _base64(cursor)
            mac, payload = raw[:_MAC], raw[_MAC:]
            if not any(hmac.compare_digest(mac, _mac(key, binding, payload)) for key in self._keys):
                raise MalformedCursor
            # what we have sealed ourselves needs no checking: a list of values
            return tuple(_decode(payload))
        except (ValueError, msgspec.DecodeError):
            raise MalformedCursor from None


def _mac(key: bytes, binding: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, len(binding).to_bytes(4, "big") + binding + payload, sha256)[:_MAC]


def _base64(text: str) -> bytes:
    """Strict: one spelling per value, or ``ValueError``."""
    if len(text) > _LONGEST or not text.isascii():
        message = "not a cursor"
        raise ValueError(message)
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        message = "not canonical base64url"
        raise ValueError(message)
    return raw
