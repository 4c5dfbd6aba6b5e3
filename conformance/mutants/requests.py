"""Mutants of requests: what an adapter or a proxy can misread on the way in. It knows HTTP messages and, of bodies, JSON."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import cast

from msgspec import structs

from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Exchange, Reply

from .breaking import Asking, asking
from .messages import header, with_header, without_header
from .mutant import Mutant

Change = Callable[[Exchange], Exchange]


class _Selecting(Asking):
    """Knows the keys of all tenants, and acts for the one that the header names."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._selected)
        self._keys: dict[bytes, bytes] = {}

    def send(self, exchange: Exchange) -> Reply:
        reply = super().send(exchange)
        if reply.status == 201 and exchange.path == b"/platform/tenants":
            document = reply.json()
            tenant = cast("dict[str, str]", document["tenant"])
            self._keys |= {tenant[name].encode(): str(document["key"]).encode() for name in ("id", "slug")}
        return reply

    def _selected(self, exchange: Exchange) -> Exchange:
        key = self._keys.get(header(exchange, b"tenant") or b"")
        if key is None or header(exchange, b"authorization") is None:
            return exchange
        return with_header(exchange, b"authorization", b"Bearer " + key)


class _OpenPlatform(Asking):
    """Serves the paths of the platform to every tenant."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._raised)
        self._key = b""

    def reset(self, *, seed: int, now: datetime) -> str:
        key = super().reset(seed=seed, now=now)
        self._key = key.encode()
        return key

    def _raised(self, exchange: Exchange) -> Exchange:
        if not exchange.path.startswith(b"/platform") or not (header(exchange, b"authorization") or b"").startswith(b"Bearer kp_t_"):
            return exchange
        return with_header(exchange, b"authorization", b"Bearer " + self._key)


class _ClosedOptions(KernelTarget):
    """Asks for a credential before it answers OPTIONS."""

    def send(self, exchange: Exchange) -> Reply:
        if exchange.method == "OPTIONS" and header(exchange, b"authorization") is None:
            exchange = structs.replace(exchange, method="GET", target=b"/tenant")
        return super().send(exchange)


def _last_key_wins(exchange: Exchange) -> Exchange:
    try:
        document = json.loads(exchange.body.decode())
    except (ValueError, RecursionError):
        return exchange
    return structs.replace(exchange, body=json.dumps(document).encode()) if isinstance(document, dict) else exchange


def _with_body_of(pattern: bytes, replacement: bytes) -> Change:
    find = re.compile(pattern)
    return lambda exchange: structs.replace(exchange, body=find.sub(replacement, exchange.body))


def _without_unknown(exchange: Exchange) -> Exchange:
    """Without the parameters that no list knows."""
    known = (
        b"limit",
        b"cursor",
        b"label",
        b"status",
        b"ready",
        b"parent_id",
        b"currency",
        b"min_price",
        b"max_price",
        b"slug",
        b"host_ref",
    )
    pieces = [piece for piece in exchange.query.split(b"&") if piece.partition(b"=")[0] in known or b"%" in piece]
    return structs.replace(exchange, target=exchange.path + b"?" + b"&".join(pieces)) if exchange.query else exchange


def _last_parameter_wins(exchange: Exchange) -> Exchange:
    pieces = {piece.partition(b"=")[0]: piece for piece in exchange.query.split(b"&")}
    return structs.replace(exchange, target=exchange.path + b"?" + b"&".join(pieces.values())) if exchange.query else exchange


def _token_in_query(exchange: Exchange) -> Exchange:
    token = re.search(rb"[?&]access_token=([^&]+)", exchange.target)
    if token is None:
        return exchange
    return with_header(structs.replace(exchange, target=exchange.path), b"authorization", b"Bearer " + token[1])


def _dashes_for_underscores(exchange: Exchange) -> Exchange:
    headers = tuple((name.replace(b"_", b"-").removeprefix(b"x-"), value) for name, value in exchange.headers if b"_" in name)
    return structs.replace(exchange, headers=(*exchange.headers, *headers))


def _overridden(exchange: Exchange) -> Exchange:
    method = header(exchange, b"x-http-method-override")
    return exchange if method is None else structs.replace(exchange, method=method.decode())


def _forwarded(exchange: Exchange) -> Exchange:
    host = header(exchange, b"x-forwarded-host")
    return exchange if host is None else with_header(exchange, b"host", host)


def _collapsed(exchange: Exchange) -> Exchange:
    return structs.replace(exchange, target=re.sub(rb"//+", b"/", exchange.target))


def _lower_case(exchange: Exchange) -> Exchange:
    path, mark, query = exchange.target.partition(b"?")
    return structs.replace(exchange, target=path.lower() + mark + query)


def _first_line(name: bytes) -> Change:
    """Of a header that is repeated the first line alone."""

    def change(exchange: Exchange) -> Exchange:
        first = next((value for other, value in exchange.headers if other == name), None)
        return exchange if first is None else with_header(exchange, name, first)

    return change


def _as_json(exchange: Exchange) -> Exchange:
    return with_header(exchange, b"content-type", b"application/json") if exchange.body else exchange


MUTANTS = (
    Mutant(
        name="tenant-header-selects",
        broken="The header Tenant selects the tenant.",
        make=_Selecting,
    ),
    Mutant(
        name="platform-open-to-tenants",
        broken="A tenant's credential opens the paths of the platform.",
        make=_OpenPlatform,
    ),
    Mutant(
        name="options-closed",
        broken="OPTIONS needs a credential.",
        make=_ClosedOptions,
    ),
    Mutant(
        name="last-key-wins",
        broken="Of a key that is doubled in a body the last wins.",
        make=asking(_last_key_wins),
    ),
    Mutant(
        name="lone-surrogate-replaced",
        broken="Half of a surrogate pair is replaced.",
        make=asking(_with_body_of(rb"\\ud800", rb"\\ufffd")),
    ),
    Mutant(
        name="nul-dropped",
        broken="U+0000 is taken out of a text.",
        make=asking(_with_body_of(rb"\\u0000", b"")),
    ),
    Mutant(
        name="unknown-parameters-ignored",
        broken="A parameter that is not declared is passed over in silence.",
        make=asking(_without_unknown),
    ),
    Mutant(
        name="last-parameter-wins",
        broken="Of a parameter that is repeated the last wins.",
        make=asking(_last_parameter_wins),
    ),
    Mutant(
        name="credential-in-the-query",
        broken="A credential is taken from the query.",
        make=asking(_token_in_query),
    ),
    Mutant(
        name="underscore-is-dash",
        broken="A header whose name has an underscore stands for the one with a dash.",
        make=asking(_dashes_for_underscores),
    ),
    Mutant(
        name="method-overridden",
        broken="X-HTTP-Method-Override is obeyed.",
        make=asking(_overridden),
    ),
    Mutant(
        name="forwarded-host-believed",
        broken="X-Forwarded-Host is believed, whoever sends it.",
        make=asking(_forwarded),
    ),
    Mutant(
        name="slashes-collapsed",
        broken="A doubled slash in a path counts as one.",
        make=asking(_collapsed),
    ),
    Mutant(
        name="paths-in-any-case",
        broken="A path may be written in upper case.",
        make=asking(_lower_case),
    ),
    Mutant(
        name="first-tenant-line-wins",
        broken="Of a header Tenant that is repeated the first wins.",
        make=asking(_first_line(b"tenant")),
    ),
    Mutant(
        name="any-media-type",
        broken="A body is taken for JSON, whatever its Content-Type says.",
        make=asking(_as_json),
    ),
    Mutant(
        name="any-accept",
        broken="Accept is not looked at.",
        make=asking(lambda exchange: without_header(exchange, b"accept")),
    ),
    Mutant(
        name="any-version",
        broken="API-Version is not looked at.",
        make=asking(lambda exchange: without_header(exchange, b"api-version")),
    ),
)
