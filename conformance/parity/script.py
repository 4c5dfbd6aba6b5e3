"""A program as a shell script that repeats it on a fresh server, whatever ids and credentials that server draws. It knows curl and bash."""

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from msgspec import Struct

from kingpost.conformance.backend import HOST
from kingpost.conformance.target import BackDoor, Exchange, Reply


class Happening(Struct, frozen=True):
    """Something that was done through the back doors."""

    told: str
    do: Callable[[BackDoor], None]


Event: TypeAlias = tuple[Exchange, Reply] | Happening
"""An exchange and its reply, or what happened in between."""

DRAWN: Final = {
    "key": "kp_t_[0-9A-Za-z]+",
    "id": "[0-7][0-9a-hjkmnp-tv-z]{25}",
    "cursor": "[0-9A-Za-z_-]{40,}",
}
"""What another server draws differently, as ``grep -E`` reads it. An id is its digits, which stand in entity tags too."""
_PLATFORM: Final = re.compile(rb"kp_p_[0-9A-Za-z]+")
_RUN: Final = re.compile(rb"(.)\1{99,}", re.DOTALL)

_HEAD: Final = r"""#!/usr/bin/env bash
# Repeats the program on a fresh server: URL=http://localhost:8000 PLATFORM_KEY=kp_p_... bash program.sh
URL=${URL:-http://localhost:8000}
ask() { reply=$(curl -sS -g --path-as-is -D /dev/stderr "$@"); echo "$reply"; }
nth() { grep -oE "$1" <<<"$reply" | awk '!seen[$0]++' | sed -n "$2p"; }
"""


def script(events: Iterable[Event]) -> str:
    """The whole program. What stands in an earlier reply and is sent later becomes a variable."""
    played = list(events)
    names = _variables([event for event in played if not isinstance(event, Happening)])
    lines = [_HEAD]
    for event in played:
        lines.append(f"# {event.told}" if isinstance(event, Happening) else curl(event[0], names))
        lines.extend(_taken(names, event[1]) if not isinstance(event, Happening) else ())
    return "\n".join(lines)


class _Variable:
    """One value of a reply: its name in the script, and where it stands first."""

    def __init__(self, name: str, kind: str, place: int, reply: Reply) -> None:
        self.name = name
        self.kind = kind
        self.place = place
        self.reply = reply


def _variables(played: list[tuple[Exchange, Reply]]) -> dict[bytes, _Variable]:
    """The values of replies that a later exchange sends."""
    found: dict[bytes, _Variable] = {}
    for number, (_, reply) in enumerate(played):
        later = b"\n".join(_sent(exchange) for exchange, _ in played[number + 1 :])
        for kind, pattern in DRAWN.items():
            values = dict.fromkeys(re.findall(pattern.encode(), reply.body))
            for place, value in enumerate(values, start=1):
                if value not in found and value in later:
                    count = sum(each.kind == kind for each in found.values()) + 1
                    found[value] = _Variable(f"{kind}_{count}", kind, place, reply)
    return found


def _sent(exchange: Exchange) -> bytes:
    return b"\n".join((exchange.target, *(value for _, value in exchange.headers), exchange.body))


def _taken(names: dict[bytes, _Variable], reply: Reply) -> Iterable[str]:
    """The lines that keep what this reply shows first."""
    for variable in names.values():
        if variable.reply is reply:
            yield f"{variable.name}=$(nth '{DRAWN[variable.kind]}' {variable.place})"


def curl(exchange: Exchange, names: dict[bytes, _Variable]) -> str:
    """The exchange as one call of ``ask``."""
    quoted = _quoting(names)
    method = "-I" if exchange.method == "HEAD" else f"-X {exchange.method}"
    headers = [line for line in exchange.headers if line != (b"host", HOST.encode())]
    parts = ["ask", method, *(f"-H {quoted(name + (b': ' + value if value else b';'))}" for name, value in headers)]
    if exchange.body or exchange.framing:
        parts.extend(() if any(name == b"content-type" for name, _ in headers) else ("-H content-type:",))
        parts.extend(("-H 'transfer-encoding: chunked'",) if exchange.chunked else ())
        parts.append(
            f"--data-raw {quoted(exchange.body)}" if b"\0" not in exchange.body else f"--data-binary @<(printf {_octal(exchange.body)})"
        )
    return " ".join((*parts, '"$URL"' + quoted(exchange.target)))


def _quoting(names: dict[bytes, _Variable]) -> Callable[[bytes], str]:
    """How bytes are written as one word of the shell: literals and variables, put together."""
    values = sorted(names, key=len, reverse=True)
    parts = re.compile(b"|".join((*map(re.escape, values), _PLATFORM.pattern, _RUN.pattern.replace(rb"\1", rb"\1"))), re.DOTALL)

    def quoted(text: bytes) -> str:
        words, at = list[str](), 0
        for match in parts.finditer(text):
            words.extend((_literal(text[at : match.start()]), _spliced(match[0], names)))
            at = match.end()
        return "".join((*words, _literal(text[at:]))) or "''"

    return quoted


def _spliced(text: bytes, names: dict[bytes, _Variable]) -> str:
    if text in names:
        return f'"${names[text].name}"'
    return '"$PLATFORM_KEY"' if _PLATFORM.fullmatch(text) else f"\"$(printf %{len(text)}s | tr ' ' {_literal(text[:1])})\""


def _literal(text: bytes) -> str:
    """A word without anything that the shell would read."""
    if re.fullmatch(rb"[0-9A-Za-z_./:=-]*", text):
        return text.decode()
    if re.fullmatch(rb"[ -&(-~]*", text):
        return f"'{text.decode()}'"
    return "$'" + "".join(chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}" for byte in text) + "'"


def _octal(text: bytes) -> str:
    """A format of ``printf`` for bytes that no word of the shell can hold."""
    return "'" + "".join(f"\\{byte:03o}" for byte in text) + "'"
