"""Whether a change that a cookie vouches for was meant by whoever the cookie belongs to. It knows headers and tokens, no session and no store.

A browser sends a site's cookies with whatever request any page causes. So a change is believed only together with what no other site can send:
an ``Origin`` of this site (or, from browsers that leave it out, ``Sec-Fetch-Site``), and the secret of a cookie repeated in a header. The token is
Django's, so that the front end of a Django project needs no change: ``X-CSRFToken`` repeats the cookie ``csrftoken``, as it is or masked.
"""

import hmac
import re
from string import ascii_letters, digits
from typing import Final, NoReturn

from msgspec import Struct

from kingpost.kernel.cookies import cookie
from kingpost.kernel.errors import CsrfFailed
from kingpost.kernel.headers import Headers


class Csrf(Struct, frozen=True, kw_only=True):
    """What proves that a change was meant."""

    cookie: str = "csrftoken"
    """The cookie that holds the secret."""
    header: str = "X-CSRFToken"
    """The header that repeats it."""
    trusted_origins: tuple[str, ...] = ()
    """Origins whose pages may act for whoever is logged in, beside our own: ``https://app.example``, or ``https://*.example`` for all below it."""


SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

_ALPHABET: Final = ascii_letters + digits
_SECRET_LENGTH: Final = 32
_ORIGIN: Final = re.compile(r"https?://[a-z0-9._:\[\]-]+").fullmatch
_TOKEN: Final = re.compile(rf"[A-Za-z0-9]{{{_SECRET_LENGTH}}}(?:[A-Za-z0-9]{{{_SECRET_LENGTH}}})?").fullmatch
_NO_SITE: Final = ("same-origin", "none")
"""What ``Sec-Fetch-Site`` says of a request by our own page, and by nobody's (W3C Fetch Metadata section 2.3)."""
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}
_OF_WEB_SOCKETS: Final = {"ws": "http", "wss": "https"}
_OF_ORIGIN: Final = (
    "The Origin header names another origin than the one that was asked; if its pages may act for whoever is logged in, "
    "it must be among this deployment's trusted origins."
)


def check(headers: Headers, *, method: str, scheme: str, rules: Csrf, upgrade: bool = False) -> None:
    """Return where the request changes nothing or is meant; ``CsrfFailed`` says what to send. ``scheme`` is that by which the request reached us.

    The handshake of a WebSocket is a GET that any page can cause and read (RFC 6455 section 10.2); a browser names its origin there, and can send no token.
    """
    if upgrade:
        _check_origin(headers, scheme, rules)
    elif method not in SAFE:
        _check_origin(headers, scheme, rules)
        if not same_secret(cookie(headers, rules.cookie), headers.one(rules.header.lower())):
            _refuse("token", f"Send the value of the cookie {rules.cookie} in the header {rules.header}.")


def _check_origin(headers: Headers, scheme: str, rules: Csrf) -> None:
    origin = headers.one("origin")
    if origin is None:
        if headers.one("sec-fetch-site") not in (None, *_NO_SITE):
            _refuse("site", "The browser says that a page of another site has caused this request.")
    elif not is_ours(origin, scheme=scheme, host=headers.one("host") or "", trusted=rules.trusted_origins):
        _refuse("origin", _OF_ORIGIN)


def _refuse(reason: str, detail: str) -> NoReturn:
    raise CsrfFailed(detail, params={"reason": reason})


def is_ours(origin: str, *, scheme: str, host: str, trusted: tuple[str, ...]) -> bool:
    """Whether an ``Origin`` (RFC 6454) is that of the request itself, or trusted. ``null``, which any page can have, never is."""
    named = _plain(origin)
    if named == _plain(f"{_OF_WEB_SOCKETS.get(scheme, scheme)}://{host}"):
        return bool(host)
    return _ORIGIN(named) is not None and any(_trusts(_plain(each), named) for each in trusted)


def _trusts(trusted: str, origin: str) -> bool:
    """Equal, or below the name behind the star, that name itself included, as in Django's CSRF_TRUSTED_ORIGINS."""
    scheme, star, name = trusted.partition("://*.")
    if not star:
        return trusted == origin
    return origin == f"{scheme}://{name}" or (origin.startswith(f"{scheme}://") and origin.endswith(f".{name}"))


def _plain(origin: str) -> str:
    """In lower case, without the port that its scheme implies."""
    lower = origin.lower()
    return lower.removesuffix(_DEFAULT_PORT.get(lower.partition("://")[0], "/"))


def same_secret(kept: str | None, sent: str | None) -> bool:
    """Whether two tokens, each bare or masked, hold one secret; compared in a time that tells nothing of where they differ."""
    if kept is None or sent is None or not _TOKEN(kept) or not _TOKEN(sent):
        return False
    return hmac.compare_digest(_unmasked(kept), _unmasked(sent))


def _unmasked(token: str) -> str:
    """The secret. A masked token is a random mask and the secret shifted by it, letter by letter, so that a page that is compressed tells nothing of it (BREACH)."""
    if len(token) == _SECRET_LENGTH:
        return token
    mask, shifted = token[:_SECRET_LENGTH], token[_SECRET_LENGTH:]
    places = ((_ALPHABET.index(letter), _ALPHABET.index(by)) for letter, by in zip(shifted, mask, strict=True))
    return "".join(_ALPHABET[(letter - by) % len(_ALPHABET)] for letter, by in places)
