"""Where the kernel waits: inside a unit of work for the store alone (RULES 6). It knows ports and one small component."""

import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import structs

import kingpost.kernel
from kingpost.adapters.memory import MemoryStorage
from kingpost.kernel.context import ANONYMOUS, Authenticator, Caller, HostAccounts, Outbound, PrincipalResolver, TenantDirectory
from kingpost.kernel.events import Publisher
from kingpost.kernel.outbound import Http
from kingpost.kernel.store import Scope, Session, Storage, Store, UnitOfWork
from kingpost.kernel.system import Sleeper
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.wire import Headers
from tests.kernel.workshop import Accident, workshop
from tests.kernel.world import World, header

BEFORE_UNITS = {Authenticator, HostAccounts, PrincipalResolver, TenantDirectory}
"""Ports that may wait and are asked before a unit is opened."""
OUTSIDE_UNITS = {Outbound, Http, Sleeper}
"""Ports that refuse to be used while a unit is open, the last two through the first: see ``resilience/test_usecases``."""
OF_THE_STORE = {Storage, Session, Store, UnitOfWork, Publisher}
"""Ports that wait for a database and nothing else; an event is a row."""


def ports() -> set[type]:
    """Every protocol that the kernel declares."""
    names = [module.name for module in pkgutil.walk_packages(kingpost.kernel.__path__, "kingpost.kernel.")]
    found = {value for name in names for value in vars(importlib.import_module(name)).values() if inspect.isclass(value)}
    return {value for value in found if getattr(value, "_is_protocol", False) and value.__module__.startswith("kingpost.")}


def can_wait(port: type) -> bool:
    """Whether a method of the port is a coroutine function."""
    return any(inspect.iscoroutinefunction(method) for method in vars(port).values())


class Units:
    """A storage that counts the units which are open."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.open = 0
        self.opened = 0

    def session(self, *, deadline: float | None = None) -> Session:
        """A session whose units are counted."""
        return _Counted(self.inner.session(deadline=deadline), self)

    async def check(self) -> None:
        """As the storage below."""
        await self.inner.check()


class _Counted:
    def __init__(self, inner: Session, units: Units) -> None:
        self._inner = inner
        self._units = units
        self.store = inner.store
        self.in_unit = inner.in_unit
        self.close = inner.close

    @asynccontextmanager
    async def unit(self, scope: Scope) -> AsyncIterator[UnitOfWork]:
        async with self._inner.unit(scope) as unit:
            self._units.open += 1
            self._units.opened += 1
            try:
                yield unit
            finally:
                self._units.open -= 1


class Asked:
    """Authenticator and directory that note how many units were open when they were asked."""

    def __init__(self, world: World, units: Units) -> None:
        self._authenticator = world.kernel.authenticator
        self._directory = world.kernel.directory
        self._units = units
        self.seen: list[int] = []

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        """Note and pass on."""
        self.seen.append(self._units.open)
        return await self._authenticator.authenticate(session=session, credential=credential)

    async def by_host(self, *, session: Session, host: str) -> str | None:
        """Note and pass on."""
        self.seen.append(self._units.open)
        return await self._directory.by_host(session=session, host=host)

    async def resolve(self, *, session: Session, headers: Headers, person: object) -> Caller | None:
        """Note and let in; what it asks for itself, the accounts of a host, is asked here too."""
        self.seen.append(self._units.open)
        return Caller(principal=structs.replace(ANONYMOUS, side="platform", permissions=None), tenant=None)


def test_these_ports_can_wait_and_no_others() -> None:
    """A port that can wait is the store's, or is asked before a unit is opened; a further one must be proved not to be awaited inside."""
    assert {port for port in ports() if can_wait(port)} == OF_THE_STORE | BEFORE_UNITS | OUTSIDE_UNITS


def test_inside_a_unit_nothing_is_awaited_but_the_store() -> None:
    """Who calls and whose host it is are settled before a write opens its unit, so that SQLite's one writer waits for nobody else."""
    records = (*TENANCY.records, *workshop(Accident()).records)
    world = World(cache_seconds=0)
    units = Units(MemoryStorage(records=records, clock=world.clock))
    world = World(storage=units, cache_seconds=0)  # type: ignore[arg-type]  (any storage will do)
    asked = Asked(world, units)
    world.kernel.authenticator, world.kernel.directory, world.kernel.resolver = asked, asked, asked
    _, key = world.tenant("acme", hosts=["shop.acme.example"])
    host = "shop.acme.example"
    made = world.ask("POST", "/tools", key=key, host=host, body={"name": "Saw", "shelf": 1})
    place, tag = header(made, "location"), header(made, "etag")
    assert place is not None
    assert tag is not None
    changed = world.ask("PATCH", place, key=key, host=host, body={"name": "Axe"}, headers=[("if-match", tag)])
    removed = world.ask("DELETE", place, key=key, host=host, headers=[("if-match", header(changed, "etag") or "")])
    token = "t" * 32
    proof = [("cookie", f"csrftoken={token}"), ("x-csrftoken", token)]
    logged_in = world.ask("POST", "/platform/tenants", body={"slug": "globex", "name": "Globex"}, headers=proof)
    assert (made.status, changed.status, removed.status, logged_in.status) == (201, 200, 204, 201)
    assert units.opened >= 4
    assert len(asked.seen) >= 8
    assert set(asked.seen) == {0}
