"""The grammar of each setting's value. It knows how a text or a TOML value becomes a typed one; it reads no environment and no file.

Every reader takes a text or a TOML value and raises ``ValueError`` whose message completes the sentence "KINGPOST_X ...": what is wrong and
how to mend it. Readers of secrets never repeat the value.
"""

import difflib
import re
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from kingpost.adapters.outbound import allowance
from kingpost.kernel.policy import SHORTEST_SECRET

from .settings import AccountsTable, Bind

Reader: TypeAlias = Callable[[object], object]

_LONGEST_SHOWN = 60
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_LABELS = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_COMPONENT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,62}"
_ACCOUNTS = re.compile(
    rf"(?:(?P<schema>{_NAME})\.)?(?P<table>{_NAME})(?: ?\( ?(?P<key>{_NAME}) ?, ?(?P<active>{_NAME}|-) ?, ?(?P<password>{_NAME}) ?\))?"
)
_SCHEMES = ("sqlite", "postgresql", "postgres")
MAKE_A_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


def shown(value: object) -> str:
    """The value as a message may show it: one line, printable, not longer than a line."""
    text = ascii(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {shown(value)} and must be a text")  # noqa: TRY004  (one error class for everything a user can get wrong)
    if any(ord(character) < ord(" ") for character in value.strip()):
        raise ValueError("holds a control character; remove it")
    return value.strip()


def _filled(value: object) -> str:
    text = _text(value)
    if not text:
        raise ValueError("is set but empty; give it a value or remove it")
    return text


def _pieces(value: object) -> tuple[str, ...]:
    """A list of texts: a TOML array, or a text separated by commas or line breaks."""
    pieces = value if isinstance(value, list | tuple) else re.split(r"[,\r\n]", value) if isinstance(value, str) else None
    if pieces is None or not all(isinstance(piece, str) for piece in pieces):
        raise ValueError("must be a list of texts, in an environment variable separated by commas")
    return tuple(dict.fromkeys(text for text in map(_text, pieces) if text))


def texts(read_one: Callable[[str], str], *, empty: bool = False) -> Reader:
    """A list whose pieces ``read_one`` checks; ``empty`` allows none."""

    def read(value: object) -> tuple[str, ...]:
        pieces = _pieces(value)
        if not pieces and not empty:
            raise ValueError("is set but empty; give it a value or remove it")
        return tuple(dict.fromkeys(read_one(piece) for piece in pieces))

    return read


def switch(value: object) -> bool:
    """A yes or no."""
    if isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if text not in (*_TRUE, *_FALSE):
        raise ValueError(f"is {shown(value)} and must be true or false")
    return text in _TRUE


def integer(low: int, high: int, unit: str) -> Reader:
    """A whole number from ``low`` to ``high``."""

    def read(value: object) -> int:
        text = value.strip() if isinstance(value, str) else value
        number = int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,18}", text) else text
        if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
            raise ValueError(f"is {shown(value)} and must be a whole number of {unit} from {low} to {high}")
        return number

    return read


def seconds(low: float, high: float) -> Reader:
    """A number of seconds from ``low`` to ``high``."""

    def read(value: object) -> float:
        text = value.strip() if isinstance(value, str) else value
        number = float(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else text
        if not isinstance(number, int | float) or isinstance(number, bool) or not low <= number <= high:
            raise ValueError(f"is {shown(value)} and must be a number of seconds from {low:g} to {high:g}")
        return float(number)

    return read


def choice(*allowed: str) -> Reader:
    """One of a few words."""

    def read(value: object) -> str:
        text = _filled(value).lower()
        if text not in allowed:
            raise ValueError(f"is {shown(value)} and must be one of: {', '.join(allowed)}")
        return text

    return read


def database(value: object) -> str:
    """A database URL; its password makes it a secret, so the message shows none of it."""
    text = _filled(value)
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in _SCHEMES or "://" not in text:
        raise ValueError("is not a database URL; write sqlite:///path/to/file.sqlite3 or postgresql://user:password@host:5432/name")
    _check_parameters(scheme, urlsplit(text).query)
    return text


def _check_parameters(scheme: str, query: str) -> None:
    """Whether libpq knows what stands behind the question mark; only the driver can tell, so without it nothing is said yet."""
    if not query or not scheme.startswith("postgres") or find_spec("psycopg") is None:
        return
    from psycopg.pq import Conninfo

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ValueError(
                f"has the parameter {shown(name)}, which PostgreSQL does not know{f'; did you mean {near[0]}?' if near else ''}"
            )


def secret(piece: str) -> str:
    """One root secret."""
    if len(piece) < SHORTEST_SECRET:
        raise ValueError(f"holds a secret shorter than {SHORTEST_SECRET} characters; make one with: {MAKE_A_SECRET}")
    if len(set(piece)) < SHORTEST_SECRET // 4:
        raise ValueError(f"holds a secret of too few different characters, which is a placeholder; make one with: {MAKE_A_SECRET}")
    return piece


def host(piece: str) -> str:
    """One host name, lower case, without port; IPv6 in brackets; ``*`` for all."""
    name = piece.lower().rstrip(".")
    if name == "*":
        return name
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        address = ip_address(bare)
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        return f"[{address.compressed}]"
    if address is None and (not _LABELS.fullmatch(name) or len(name) > 253):
        raise ValueError(f"holds {shown(piece)}, which is not a host name; write names like api.example.com, without scheme, port or path")
    return name


def bind(value: object) -> Bind:
    """``host:port``; an IPv6 address in brackets."""
    text = _filled(value)
    name, _, port = text.rpartition(":")
    if not name or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"is {shown(value)} and must be host:port, such as 127.0.0.1:8000, 0.0.0.0:8000 or [::1]:8000")
    if ":" in name and not name.startswith("["):
        raise ValueError(f"is {shown(value)}; put an IPv6 address in brackets, such as [::1]:8000")
    checked = host(name)
    if checked == "*":
        raise ValueError(f"is {shown(value)}; to listen on every address write 0.0.0.0:{port} or [::]:{port}")
    return Bind(checked.strip("[]"), int(port))


def component(piece: str) -> str:
    """One component: a name of ours or an import path."""
    if not _COMPONENT.fullmatch(piece):
        raise ValueError(f"holds {shown(piece)}; write names such as tenancy, or import paths such as shop.orders")
    return piece


def origin(piece: str) -> str:
    """One browser origin as the header ``Origin`` spells it, or ``*``."""
    if piece == "*":
        return piece
    try:
        parts = urlsplit(piece)
        port = parts.port
    except ValueError:
        raise ValueError(f"holds {shown(piece)}, which is not an origin; write https://app.example.com") from None
    spelled = f"{parts.scheme}://{parts.hostname or ''}" + (f":{port}" if port is not None else "")
    if parts.scheme not in ("http", "https") or not parts.hostname or (spelled != piece and not parts.netloc.startswith("[")):
        raise ValueError(
            f"holds {shown(piece)}; an origin is scheme and host in lower case, without path or slash at the end: https://app.example.com"
        )
    return piece


def trusted_origin(piece: str) -> str:
    """One origin whose pages may act for whoever is logged in; ``https://*.example.com`` for all below a name."""
    checked = origin(piece)
    if piece == "*":
        raise ValueError("holds *: any site could act for whoever is logged in; list the origins")
    return checked


def token(value: object) -> str:
    """The name of a cookie or of a header (RFC 9110 section 5.6.2)."""
    text = _filled(value)
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"is {shown(value)} and must be a name of letters, digits and - _ .")
    return text


def accounts(value: object) -> AccountsTable:
    """``table`` or ``schema.table``, and behind it the columns where they have other names than Django's: ``(id,is_active,password)``."""
    found = _ACCOUNTS.fullmatch(_filled(value))
    if found is None:
        raise ValueError(
            f"is {shown(value)}; write a table such as auth_user, or with its columns staff_employee(id,is_active,password), "
            "where - stands for a column is_active that is not there"
        )
    if found["key"] is None:
        return AccountsTable(table=found["table"], schema=found["schema"])
    active = None if found["active"] == "-" else found["active"]
    return AccountsTable(table=found["table"], schema=found["schema"], key=found["key"], is_active=active, password=found["password"])


def table_or_none(value: object) -> str | None:
    """The name of a table, or ``none``."""
    text = _filled(value)
    if not re.fullmatch(_NAME, text):
        raise ValueError(f"is {shown(value)} and must be the name of a table, such as django_session, or none")
    return None if text.lower() == "none" else text


def allowed(piece: str) -> str:
    """One place that components may call: an exact origin, or a network."""
    try:
        return str(allowance(piece))
    except ValueError as wrong:
        raise ValueError(f"holds {shown(piece)}, which is neither an origin nor a network: {wrong}") from None


def prefix(value: object) -> str:
    """A mount path without slash at the end, or nothing."""
    text = _text(value).rstrip("/")
    if not _PREFIX.fullmatch(text) or any(segment in (".", "..") for segment in text.split("/")):
        raise ValueError(f"is {shown(value)} and must be a path such as /api, of letters, digits and . _ ~ -")
    return text


def folder(value: object) -> Path:
    """A folder; need not exist."""
    return Path(_filled(value)).expanduser()
