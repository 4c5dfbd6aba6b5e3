"""What every benchmark asks of Kingpost: one tenant with products, one key, one policy. It knows the example component and no framework."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from examples import storefront
from examples.storefront import Product
from kingpost.adapters.memory import MemoryStorage
from kingpost.adapters.runtime.log import LineLog, json_line
from kingpost.adapters.runtime.machine import SystemClock, SystemEntropy
from kingpost.adapters.runtime.metrics import PrometheusMetrics
from kingpost.kernel import tenancy
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.policy import Policy, keys
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Storage
from kingpost.kernel.system import Metrics, System
from kingpost.kernel.tenancy import AccessKey, Tenant
from kingpost.kernel.tenancy.ports import KeyCutter
from kingpost.kernel.wire import RawRequest

SECRET = "the-root-secret-of-the-benchmarks-long-enough"  # noqa: S105  (of nothing but these runs)
HOST = "127.0.0.1"
COMPONENTS = (tenancy.COMPONENT, storefront.COMPONENT)
RECORDS: tuple[type[Record], ...] = tuple(record for component in COMPONENTS for record in component.records)
PRODUCTS = 200


def drop(line: bytes) -> None:
    """Where the log lines go: made in full, written nowhere."""


def system(metrics: Metrics | None = None) -> System:
    """The real machine, with Prometheus unless another port is given; log lines are formatted and dropped."""
    return System(clock=SystemClock(), entropy=SystemEntropy(), log=LineLog(json_line, write=drop), metrics=metrics or PrometheusMetrics())


def kernel_on(storage: Storage, machine: System) -> Kernel:
    """The kernel as a deployment runs it, access log and credential cache on."""
    return assemble(ports=Ports(storage=storage, system=machine), components=COMPONENTS, policy=Policy(hosts=(HOST,), secrets=(SECRET,)))


class Shop(Struct, frozen=True, kw_only=True):
    """The rows of one tenant, before a storage has them."""

    tenant: Tenant
    key: AccessKey
    credential: str
    products: tuple[Product, ...]

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What a client sends with every request."""
        return ((b"host", HOST.encode()), (b"authorization", f"Bearer {self.credential}".encode()), (b"accept", b"application/json"))

    def get(self, number: int = 0) -> RawRequest:
        """One product by its id."""
        return RawRequest(method="GET", path=f"/products/{self.products[number].id}".encode(), query=b"", headers=self.headers, body=b"")

    def posts(self, prefix: str) -> "Posts":
        """New products without end, each with a SKU of its own."""
        return Posts(prefix, (*self.headers, (b"content-type", b"application/json")))


class Posts:
    """Requests that make products; ``body`` gives the bytes alone."""

    def __init__(self, prefix: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """``prefix`` begins every SKU, so that contestants on one database do not collide."""
        self._prefix = prefix
        self._number = 0
        self._headers = headers

    def body(self) -> bytes:
        """The next body."""
        self._number += 1
        return b'{"sku":"%s-%d","name":"Mug","price":{"amount":1250,"currency":"EUR"},"stock":40}' % (self._prefix.encode(), self._number)

    def request(self) -> RawRequest:
        """The next request."""
        body = self.body()
        headers = (*self._headers, (b"content-length", b"%d" % len(body)))
        return RawRequest(method="POST", path=b"/products", query=b"", headers=headers, body=body)


def shop(machine: System) -> Shop:
    """A new tenant with a key and products."""
    now = machine.clock.now()
    tenant = Tenant(
        id=machine.new_id("ten"),
        slug="acme",
        name="Acme",
        plan="free",
        status="active",
        status_reason=None,
        hosts=(),
        host_ref=None,
        purge_after=None,
        created_at=now,
        updated_at=now,
    )
    credential, digest = KeyCutter(system=machine, digest_keys=keys((SECRET,)).digests).cut("t")
    key = AccessKey(id=machine.new_id("key"), key_id=credential.key_id, tenant_id=tenant.id, digest=digest, created_at=now, expires_at=None)
    products = tuple(product(machine, tenant.id, f"MUG-{number}") for number in range(PRODUCTS))
    return Shop(tenant=tenant, key=key, credential=credential.text, products=products)


def product(machine: System, tenant_id: str, sku: str) -> Product:
    """A product that is not stored yet."""
    now = machine.clock.now()
    return Product(
        id=machine.new_id("prd"),
        tenant_id=tenant_id,
        sku=sku,
        name="Mug",
        description="Holds coffee.",
        status="active",
        price_amount=1250,
        price_currency="EUR",
        stock=40,
        attributes={"colour": "blue"},
        created_at=now,
        updated_at=now,
    )


async def stock(storage: Storage, goods: Shop) -> None:
    """Store the rows."""
    session = storage.session()
    async with session.unit(PLATFORM) as unit:
        for row in rows(goods):
            await session.store(PLATFORM).insert(row)
        await unit.commit()
    await session.close()


def rows(goods: Shop) -> Iterator[Record]:
    """Tenant, key and products, in the order of their references."""
    yield goods.tenant
    yield goods.key
    yield from goods.products


def memory(machine: System) -> MemoryStorage:
    """A storage over dictionaries."""
    return MemoryStorage(records=RECORDS, clock=machine.clock)


def expect(status: int, wanted: int, body: bytes) -> None:
    """Go on only with the right answer: what is measured must work."""
    if status != wanted:
        raise SystemExit(f"a contestant answered {status} instead of {wanted}: {body[:300]!r}")


def decoded(body: bytes) -> Any:
    """A JSON body."""
    return msgspec.json.decode(body)
