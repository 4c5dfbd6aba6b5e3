"""The world that every case starts from: tenants A and B with equal data, a suspended and a closed one, an empty one. It is made over HTTP only."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Final

import msgspec

from .backend import HOST
from .target import Capability, Exchange, HeaderLines, Reply, Target

World = dict[str, str]

SEED: Final = 20_261_101
NOW: Final = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
ABSENT: Final = {"absent.specimen": "spc_01h455vb4pex5vsknk084sn02q", "absent.tenant": "ten_01h455vb4pex5vsknk084sn02q"}
TENANTS: Final = ("a", "b", "suspended", "closed", "empty")
CANARY: Final = "canary-of-b"
"""Stands in every row of tenant B and must never be in an answer to A."""


def fresh(target: Target) -> World:
    """Reset the target and fill it; the names and values that steps may use.

    ``<nonce>`` is a short text that no other world of this target has, for values that are unique over the platform. A target that starts
    empty with every reset has the same one each time.
    """
    nonce = "n0000000" if Capability.SEEDED in target.capabilities else f"n{token_hex(4)[1:]}"
    world: World = {**ABSENT, "nonce": nonce, "platform.key": target.reset(seed=SEED, now=NOW)}
    for name in TENANTS:
        made = _post(target, world["platform.key"], "/platform/tenants", {"slug": f"{nonce}-{name}", "name": f"Tenant {name}"})
        world |= _of_tenant(name, made)
    for name in ("a", "b"):
        world |= _specimens(target, name, world[f"{name}.key"], CANARY if name == "b" else "own")
    for name, action in (("suspended", "suspend"), ("closed", "close")):
        changed = _post(target, world["platform.key"], f"/platform/tenants/{world[f'{name}.id']}/{action}", {}, world[f"{name}.etag"])
        world[f"{name}.etag"] = changed.one("etag") or ""
    return world


def _specimens(target: Target, name: str, key: str, text: str) -> World:
    """A specimen of the tenant, and a part of it."""
    common = {
        "title": f"Thing {text}",
        "note": text,
        "attributes": {"owner": text},
        "price": {"amount": 1999, "currency": "EUR"},
        "count": 5,
    }
    parent = _post(target, key, "/specimens", {**common, "label": "SHARED-1", "due": "2026-12-24T18:00:00Z"})
    child = _post(target, key, "/specimens", {**common, "label": "SHARED-2", "ready": True, "parent_id": _text(parent, "id")})
    return {
        f"{name}.{kind}{suffix}": value
        for kind, made in (("specimen", parent), ("child", child))
        for suffix, value in (("", _text(made, "id")), (".etag", made.one("etag") or ""))
    }


def exchange_headers(key: str | None, *, request_id: str, json: bool) -> HeaderLines:
    """The headers that the kit sends unless a step says otherwise."""
    lines = [(b"host", HOST.encode()), (b"request-id", request_id.encode())]
    if key is not None:
        lines.append((b"authorization", b"Bearer " + key.encode()))
    if json:
        lines.append((b"content-type", b"application/json"))
    return tuple(lines)


def _post(target: Target, key: str, path: str, body: dict[str, object], etag: str | None = None) -> Reply:
    headers = exchange_headers(key, request_id="world", json=True)
    headers = (*headers, (b"if-match", etag.encode())) if etag else headers
    reply = target.send(Exchange(method="POST", target=path.encode(), headers=headers, body=msgspec.json.encode(body)))
    if reply.status not in (200, 201):
        raise AssertionError(f"{target.name}: POST {path} answered {reply.status} while the world was made: {reply.body!r}")
    return reply


def _of_tenant(name: str, made: Reply) -> World:
    document = msgspec.json.decode(made.body, type=dict[str, object])
    tenant = msgspec.convert(document["tenant"], dict[str, object])
    return {
        f"{name}.id": str(tenant["id"]),
        f"{name}.slug": str(tenant["slug"]),
        f"{name}.key": str(document["key"]),
        f"{name}.etag": made.one("etag") or "",
    }


def _text(reply: Reply, field: str) -> str:
    return str(reply.json()[field])
