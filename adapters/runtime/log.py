"""Log lines: JSON or text of its own, or the host's ``logging``. It knows formats and escaping; it decides nothing about what is logged.

Every line is plain ASCII: line breaks, control characters, terminal escapes and bidirectional marks inside a value are escaped, so nobody can forge
a line.
"""

import json
import logging
import os
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import msgspec

from kingpost.kernel.system import Field

Level: TypeAlias = Literal["info", "error"]
Fields: TypeAlias = Mapping[str, Field]

STDERR: Final = 2
_encode = msgspec.json.Encoder().encode


class LineLog:
    """The port Log: one line per event, written at once with one system call, so that processes can share a stream."""

    def __init__(self, form: Callable[[Level, str, Fields], bytes], *, write: Callable[[bytes], object] | None = None) -> None:
        """``form`` is ``json_line`` or ``text_line``; ``write`` defaults to standard error."""
        self._form = form
        self._write = write or _to_stderr

    def event(self, name: str, fields: Fields) -> None:
        """One line at INFO."""
        self._line("info", name, fields)

    def failure(self, name: str, error: BaseException, fields: Fields) -> None:
        """One line at ERROR with the traceback in the field ``exception``."""
        self._line("error", name, {**fields, "exception": "".join(traceback.format_exception(error))})

    def _line(self, level: Level, name: str, fields: Fields) -> None:
        try:
            self._write(self._form(level, name, fields))
        except OSError:  # nobody reads the log any more: a request must not fail for that
            return


def _to_stderr(line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(STDERR, rest) :]


def json_line(level: Level, name: str, fields: Fields) -> bytes:
    """``{"time": ..., "level": ..., "event": ..., fields}``; time in RFC 3339, UTC, microseconds."""
    whole = {"time": datetime.now(UTC), "level": level, "event": name, **fields}
    try:
        line = _encode(whole)
    except (TypeError, ValueError):  # a lone surrogate, a number beyond 64 bits, or no Field at all
        line = b""
    if not line or not line.isascii() or b"\x7f" in line:
        line = json.dumps({**whole, "time": _instant()}, default=ascii).replace("\x7f", "\\u007f").encode("ascii")
    return line + b"\n"


def text_line(level: Level, name: str, fields: Fields) -> bytes:
    """``time LEVEL event key=value ...`` for people; a value with anything but plain characters is quoted as in JSON."""
    pairs = "".join(f" {_plain(key)}={_plain(value)}" for key, value in fields.items() if value not in (None, "") and key != "exception")
    told = str(fields.get("exception", ""))
    trace = "".join(f"\n    {_visible(line)}" for line in told.splitlines())
    return f"{_instant()} {level.upper():5} {_plain(name)}{pairs}{trace}\n".encode("ascii")


def _instant() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: Field) -> str:
    text = value if isinstance(value, str) else ascii(value)
    return text if text.isascii() and text.isprintable() and not set(text) & set(' "=') else f'"{_visible(text)}"'


def _visible(text: str) -> str:
    return json.dumps(text)[1:-1].replace("\x7f", "\\u007f")


class StdlibLog:
    """The port Log over ``logging.getLogger("kingpost")``, for a host that configures logging itself; the fields are in ``record.kingpost``."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger("kingpost")

    def event(self, name: str, fields: Fields) -> None:
        """One record at INFO."""
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.info("%s", _Message(name, fields), extra={"kingpost": fields})

    def failure(self, name: str, error: BaseException, fields: Fields) -> None:
        """One record at ERROR with the exception."""
        self._logger.error("%s", _Message(name, fields), exc_info=error, extra={"kingpost": fields})


class _Message:
    """Formats only where a handler asks for the text."""

    __slots__ = ("_fields", "_name")

    def __init__(self, name: str, fields: Fields) -> None:
        self._name, self._fields = name, fields

    def __str__(self) -> str:
        pairs = (f" {_plain(key)}={_plain(value)}" for key, value in self._fields.items() if value not in (None, ""))
        return _plain(self._name) + "".join(pairs)
