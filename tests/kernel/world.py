"""A kernel over memory with everything around it, and a caller's way of asking, for the tests beside it. It knows no framework."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, MemoryStorage, RecordedLog, SeededEntropy
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.driving import drive
from kingpost.kernel.policy import Policy, keys
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.system import System
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.tenancy import KeyCutter
from kingpost.kernel.tenancy.records import AccessKey
from kingpost.kernel.wire import RawReply, RawRequest
from tests.kernel.workshop import Accident, workshop

SECRET = "the first root secret, long enough to be one"
HOST = "api.test"


class World:
    """A kernel, everything around it, and a caller's way of asking."""

    def __init__(
        self, components: Iterable[Component] | None = None, storage: MemoryStorage | None = None, seed: str = "", **policy: Any
    ) -> None:
        self.clock = MemoryClock()
        self.log = RecordedLog()
        self.metrics = MemoryMetrics()
        self.accident = Accident()
        self.system = System(clock=self.clock, entropy=SeededEntropy(seed), log=self.log, metrics=self.metrics)
        self.components = (TENANCY, workshop(self.accident)) if components is None else tuple(components)
        records = [record for component in self.components for record in component.records]
        self.storage = MemoryStorage(records=records, clock=self.clock) if storage is None else storage
        self.policy = Policy(**{"hosts": (HOST,), "secrets": (SECRET,), **policy})
        self.kernel: Kernel = assemble(
            ports=Ports(storage=self.storage, system=self.system), components=self.components, policy=self.policy
        )

    def platform_key(self) -> str:
        """A new platform key, as ``kingpost bootstrap`` makes one."""
        return drive(self._store_platform_key())

    async def _store_platform_key(self) -> str:
        cutter = KeyCutter(system=self.system, digest_keys=keys(self.policy.secrets).digests)
        credential, digest = cutter.cut("p")
        session = self.storage.session()
        async with session.unit(PLATFORM) as unit:
            record = AccessKey(
                id=self.system.new_id("key"),
                key_id=credential.key_id,
                tenant_id=None,
                digest=digest,
                created_at=self.clock.now(),
                expires_at=None,
            )
            await session.store(PLATFORM).insert(record)
            await unit.commit()
        await session.close()
        return credential.text

    def tenant(self, slug: str, **fields: object) -> tuple[dict[str, Any], str]:
        """A new tenant as its view, and its key."""
        issued = self.json("POST", "/platform/tenants", key=self.platform_key(), body={"slug": slug, "name": slug.title(), **fields})
        return issued["tenant"], issued["key"]

    def ask(
        self,
        method: str,
        path: str | bytes,
        *,
        key: str | None = None,
        body: object = UNSET,
        host: str | None = HOST,
        headers: Iterable[tuple[str, str]] = (),
        **more: Any,
    ) -> RawReply:
        """The reply to a request; ``body`` is sent as JSON unless it is bytes."""
        return drive(self.kernel.answer(self.request(method, path, key=key, body=body, host=host, headers=headers, **more)))

    def request(
        self,
        method: str,
        path: str | bytes,
        *,
        key: str | None = None,
        body: object = UNSET,
        host: str | None = HOST,
        headers: Iterable[tuple[str, str]] = (),
        **more: Any,
    ) -> RawRequest:
        """The raw request, its query split off the path."""
        target, _, query = (path if isinstance(path, bytes) else path.encode()).partition(b"?")
        lines = [] if host is None else [("host", host)]
        lines += [] if key is None else [("authorization", f"Bearer {key}")]
        if body is not UNSET:
            lines.append(("content-type", "application/json"))
        given = {name for name, _ in headers}
        lines = [line for line in lines if line[0] not in given] + list(headers)
        raw = b"" if body is UNSET else body if isinstance(body, bytes) else msgspec.json.encode(body)
        encoded = tuple((name.encode(), value.encode("latin-1")) for name, value in lines)
        return RawRequest(method=method, path=target, query=query, headers=encoded, body=raw, **more)

    def json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The body of a reply that must be a success."""
        reply = self.ask(method, path, **more)
        assert reply.status < 300, reply
        return msgspec.json.decode(reply.body)


def header(reply: RawReply, name: str) -> str | None:
    """The value of a header that occurs at most once; None where it is absent."""
    values = [value.decode() for key, value in reply.headers if key == name.encode()]
    assert len(values) <= 1, f"{name} is sent {len(values)} times"
    return values[0] if values else None


def problem(reply: RawReply) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert header(reply, "content-type") == "application/problem+json", reply
    document: dict[str, Any] = msgspec.json.decode(reply.body)
    assert document["status"] == reply.status
    return document


def code(reply: RawReply) -> tuple[int, str]:
    """Status and code of a refusal."""
    return reply.status, problem(reply)["code"]
