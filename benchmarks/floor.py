"""The same requests answered by hand: what any implementation of this contract must do, in one straight line. It knows one resource and no kernel.

It does what the pipeline does for these two operations, with no indirection: request id, limits, host, routing, credential, tenant, version, media types,
strict decoding, a store over dictionaries, view, encoding, headers, metrics and one formatted log line.
"""

import os
import re
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from examples.storefront import Product
from kingpost.kernel.typeid import encode as typeid
from kingpost.kernel.wire import RawReply, RawRequest

from .shop import HOST, Shop, drop

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}").fullmatch
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE).fullmatch
_PRODUCT = re.compile(rb"/products/(prd_[0-7][0-9a-hjkmnp-tv-z]{25})").fullmatch
_TRACE = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}").fullmatch
_VERSION = b"2026-11-01"
_FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"Authorization, Tenant, API-Version"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """A price on the wire."""

    amount: Annotated[int, Meta(ge=0, le=10**15)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class NewProduct(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a POST."""

    sku: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    price: Price
    description: Annotated[str, Meta(max_length=5000)] | UnsetType = UNSET
    status: Literal["draft", "active", "archived"] | UnsetType = UNSET
    stock: Annotated[int, Meta(ge=0, le=10**12)] | UnsetType = UNSET
    attributes: dict[str, str] | UnsetType = UNSET


class View(Struct, frozen=True):
    """A product on the wire."""

    id: str
    sku: str
    name: str
    description: str
    status: str
    price: Price
    stock: int
    attributes: dict[str, str]
    created_at: str
    updated_at: str
    version: int


_decode = msgspec.json.Decoder(NewProduct).decode
_encode = msgspec.json.Encoder().encode


class Floor:
    """The service by hand, over dictionaries."""

    def __init__(self, goods: Shop) -> None:
        self.callers = {goods.credential: (goods.tenant.id, goods.tenant.slug, goods.tenant.status, goods.key.id)}
        self.products = {(product.tenant_id, product.id): product for product in goods.products}
        self.skus = {(product.tenant_id, product.sku) for product in goods.products}
        self.counts: dict[tuple[str, str, int], tuple[int, float]] = {}

    async def answer(self, request: RawRequest) -> RawReply:
        """GET of one product, or POST of a new one; anything else is refused without ceremony."""
        started = time.monotonic()
        headers = dict(request.headers)
        given = headers.get(b"request-id", b"").decode("latin-1")
        request_id = given if given and _REQUEST_ID(given) else os.urandom(16).hex()
        if len(request.path) + len(request.query) > 4000 or len(request.headers) > 100 or len(request.body) > 1_048_576:
            return self._refuse(413)
        if any(len(name) + len(value) > 8192 for name, value in request.headers) or len(headers) != len(request.headers):
            return self._refuse(431)
        if int(headers.get(b"content-length", b"0")) > 1_048_576 or headers.get(b"upgrade", b"").lower() == b"websocket":
            return self._refuse(413)
        host = headers.get(b"host", b"").decode("latin-1")
        if not _HOST(host) or host.partition(":")[0].lower() != HOST:
            return self._refuse(400)
        scheme, _, credential = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        caller = self.callers.get(credential) if scheme.lower() == "bearer" else None
        if caller is None:
            return self._refuse(401)
        tenant, slug, status, key = caller
        named = headers.get(b"tenant")
        if status != "active" or (named is not None and named.decode("latin-1") not in (tenant, slug)):
            return self._refuse(403)
        if headers.get(b"api-version", _VERSION) != _VERSION or headers.get(b"accept", b"*/*") not in (b"*/*", b"application/json"):
            return self._refuse(406)
        reply = self._serve(request, tenant, headers)
        return self._finish(request, reply, (request_id, tenant, key, headers.get(b"traceparent", b"")), started)

    def _serve(self, request: RawRequest, tenant: str, headers: dict[bytes, bytes]) -> RawReply:
        matched = _PRODUCT(request.path) if request.method == "GET" else None
        if matched is not None:
            return self._refuse(400) if request.body or request.query else self._read(tenant, matched[1].decode(), headers)
        if request.method == "POST" and request.path == b"/products":
            return self._create(tenant, headers, request.body)
        return self._refuse(404)

    def _read(self, tenant: str, id_: str, headers: dict[bytes, bytes]) -> RawReply:
        product = self.products.get((tenant, id_))
        if product is None:
            return self._refuse(404)
        tag = b'"%s-%d"' % (product.id[4:].encode(), product.version)
        if headers.get(b"if-none-match") == tag:
            return RawReply(status=304, headers=((b"etag", tag),), body=b"")
        return self._one(200, product, tag, ())

    def _create(self, tenant: str, headers: dict[bytes, bytes], body: bytes) -> RawReply:
        if headers.get(b"content-type") != b"application/json":
            return self._refuse(415)
        try:
            new = _decode(body)
        except msgspec.ValidationError:
            return self._refuse(422)
        present = 5 + sum(value is not UNSET for value in (new.description, new.status, new.stock, new.attributes))
        if body.count(b":") != present or body.count(b"[") + body.count(b"{") > 32 or b"\\" in body:
            return self._refuse(400)
        if (tenant, new.sku) in self.skus:
            return self._refuse(409)
        now = datetime.now(UTC)
        value = int(now.timestamp() * 1000) << 80 | 7 << 76 | int.from_bytes(os.urandom(10), "big") >> 4
        product = Product(
            id=typeid("prd", _uuid(value)),
            tenant_id=tenant,
            sku=new.sku,
            name=new.name,
            description="" if new.description is UNSET else new.description,
            status="draft" if new.status is UNSET else new.status,
            price_amount=new.price.amount,
            price_currency=new.price.currency,
            stock=0 if new.stock is UNSET else new.stock,
            attributes={} if new.attributes is UNSET else new.attributes,
            created_at=now,
            updated_at=now,
        )
        self.products[(tenant, product.id)] = product
        self.skus.add((tenant, product.sku))
        tag = b'"%s-1"' % product.id[4:].encode()
        return self._one(201, product, tag, ((b"location", b"/products/" + product.id.encode()),))

    def _one(self, status: int, product: Product, tag: bytes, more: tuple[tuple[bytes, bytes], ...]) -> RawReply:
        body = _encode(
            View(
                product.id,
                product.sku,
                product.name,
                product.description,
                product.status,
                Price(product.price_amount, product.price_currency),
                product.stock,
                product.attributes,
                product.created_at.isoformat(timespec="microseconds")[:-6] + "Z",
                product.updated_at.isoformat(timespec="microseconds")[:-6] + "Z",
                product.version,
            )
        )
        lines = (
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"etag", tag),
            (b"cache-control", b"private, no-cache"),
            *more,
        )
        return RawReply(status=status, headers=lines, body=body)

    def _finish(self, request: RawRequest, reply: RawReply, who: tuple[str, str, str, bytes], started: float) -> RawReply:
        request_id, tenant, key, traceparent = who
        trace = _TRACE(traceparent)
        seconds = time.monotonic() - started
        series = ("product", request.method, reply.status)
        count, total = self.counts.get(series, (0, 0.0))
        self.counts[series] = (count + 1, total + seconds)
        line: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": "info",
            "event": "request",
            "request_id": request_id,
            "trace_id": trace[1].decode() if trace else request_id,
            "operation": "product",
            "method": request.method,
            "status": reply.status,
            "tenant": tenant,
            "principal": key,
            "microseconds": int(seconds * 1_000_000),
        }
        drop(_encode(line) + b"\n")
        headers = (*reply.headers, *_FIXED, (b"request-id", request_id.encode()), (b"api-version", _VERSION))
        return RawReply(status=reply.status, headers=headers, body=reply.body)

    def _refuse(self, status: int) -> RawReply:
        return RawReply(status=status, headers=(), body=b"")


def _uuid(value: int) -> UUID:
    return UUID(int=value & ~(0xC000 << 48) | 0x8000 << 48)
