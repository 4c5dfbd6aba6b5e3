"""A host application with Kingpost in it, played in process. It knows the kit's transport and a machine that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar

from examples import storefront
from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.backend import POLICY, Setup
from kingpost.conformance.bench import Machine, Trapped, bench_on
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.transports import AsgiTransport
from kingpost.conformance.world import NOW
from kingpost.kernel import tenancy
from kingpost.kernel.component import Component
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import Storage

COMPONENTS = (tenancy.COMPONENT, storefront.COMPONENT)
RECORDS = Setup(components=COMPONENTS).records


class Hosted:
    """An application made by ``make(plugin)``, started; with a platform key and a tenant's key."""

    def __init__(
        self,
        make: Callable[[KingpostPlugin], Litestar],
        *,
        prefix: str = "",
        root_path: str = "",
        storage: Storage | None = None,
        open_storage: Callable[[Machine], Coroutine[Any, Any, Storage]] | None = None,
        policy: Policy = POLICY,
        components: tuple[Component, ...] = COMPONENTS,
    ) -> None:
        self.runner = asyncio.Runner()
        self.machine = Machine()
        storage = self.run(open_storage(self.machine)) if open_storage is not None else storage
        setup = Setup(components=components, policy=policy)
        self.trap = Trapped(storage or MemoryStorage(records=setup.records, clock=self.machine.clock))
        self.bench = bench_on(setup, self.machine, self.trap, self.run)
        self.kernel = self.bench.kernel
        self.lives: list[str] = []
        self.app = make(KingpostPlugin(self.kernel, prefix=prefix, lifespan=self._lifespan))
        self.transport = AsgiTransport(self.app, root_path=root_path)
        self.run(self.transport.start())
        self.platform_key = self.bench.reset(seed=1, now=NOW)
        made = self.ask("POST", f"{prefix}/platform/tenants", key=self.platform_key, body=b'{"slug":"acme","name":"Acme"}')
        self.key = str(made.json()["key"])

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        self.lives.append("opened")
        yield
        self.lives.append("closed")

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Finish a coroutine in the application's loop."""
        return self.runner.run(coroutine)

    def ask(
        self, method: str, target: str, *, key: str | None = None, body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> Reply:
        """One request of a well-behaved client, but for what ``headers`` add or replace."""
        return self.send(self.exchange(method, target, key=key, body=body, headers=headers))

    @staticmethod
    def exchange(
        method: str, target: str, *, key: str | None = None, body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> Exchange:
        """The bytes of a request."""
        usual = [(b"host", b"testserver"), (b"request-id", b"test")]
        usual += [(b"authorization", b"Bearer " + key.encode())] if key is not None else []
        usual += [(b"content-type", b"application/json")] if body else []
        names = {name for name, _ in headers}
        return Exchange(
            method=method, target=target.encode(), headers=(*(line for line in usual if line[0] not in names), *headers), body=body
        )

    def send(self, exchange: Exchange) -> Reply:
        """The application's reply."""
        reply: Reply = self.run(self.transport.send(exchange))
        return reply

    def close(self) -> None:
        """Stop the application."""
        self.run(self.transport.stop())
        self.runner.close()
