"""The body of one reply, taken in piece by piece under a cap, and decompressed on the way. It knows gzip and sizes; it reads no socket."""

import zlib
from collections.abc import Iterable
from typing import Final

from kingpost.kernel.outbound import Headers, HttpReply, UpstreamInvalid, UpstreamTooLarge

_GZIP: Final = 31
"""``wbits`` of zlib for the largest window and a gzip header."""


def readable(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of a reply: names in lower case, values as Latin-1, which every byte is."""
    return tuple((name.decode("ascii", "replace").lower(), value.decode("latin-1")) for name, value in headers)


class Intake:
    """Takes at most ``limit`` bytes as they come, and hands out at most ``limit`` bytes decompressed: a bomb is not unpacked first."""

    def __init__(self, headers: Headers, *, limit: int, bodiless: bool) -> None:
        """``UpstreamTooLarge`` where the declared length is too large, ``UpstreamInvalid`` for a coding that was not asked for."""
        self._limit = limit
        self._left = limit
        self._pieces: list[bytes] = []
        self._size = 0
        codings = [value.strip().lower() for name, value in headers if name == "content-encoding" and value.strip()]
        self._unpacker = None if codings in ([], ["identity"]) or bodiless else _unpacker(codings)
        declared = next((value for name, value in headers if name == "content-length"), "")
        if not bodiless and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
            raise UpstreamTooLarge(params={"limit": limit})

    def take(self, piece: bytes) -> None:
        """One more piece of the body. ``UpstreamTooLarge`` as soon as it is too much, ``UpstreamInvalid`` where it cannot be unpacked."""
        self._left -= len(piece)
        if self._left < 0:
            raise UpstreamTooLarge(params={"limit": self._limit})
        if self._unpacker is None:
            self._keep(piece)
        else:
            self._unpack(piece)

    def whole(self) -> bytes:
        """The body. ``UpstreamInvalid`` where the compressed data ends too early."""
        if self._unpacker is not None and self._pieces and not self._unpacker.eof:
            raise UpstreamInvalid
        return b"".join(self._pieces)

    def _unpack(self, piece: bytes) -> None:
        while piece:
            if self._unpacker is None or self._unpacker.eof:  # members may follow each other (RFC 1952 section 2.2)
                self._unpacker = zlib.decompressobj(_GZIP)
            try:
                self._keep(self._unpacker.decompress(piece, self._limit - self._size + 1))
            except zlib.error as error:
                raise UpstreamInvalid from error
            piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise UpstreamTooLarge(params={"limit": self._limit})
        self._pieces.append(piece)


def _unpacker(codings: list[str]) -> "zlib._Decompress":
    if codings not in (["gzip"], ["x-gzip"]):
        raise UpstreamInvalid
    return zlib.decompressobj(_GZIP)


def reply(status: int, headers: Headers, body: bytes) -> HttpReply:
    """The reply, whose body is no longer encoded and no longer as long as declared."""
    kept = tuple((name, value) for name, value in headers if name not in ("content-encoding", "content-length", "transfer-encoding"))
    return HttpReply(status=status, headers=kept, body=body)
