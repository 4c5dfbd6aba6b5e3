"""The outbox over SQLite and PostgreSQL: workers of several processes at once, and each effect once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from kingpost.adapters.memory import MemoryMetrics, RecordedLog
from kingpost.adapters.runtime.calls import platform_context
from kingpost.adapters.runtime.machine import SystemClock, SystemEntropy
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.outbox import COMPONENT as OUTBOX
from kingpost.kernel.outbox import Event, Outcome, Receipt, deliver_due, desk_of
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.system import System
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.tenancy import CreateTenant, create_tenant
from kingpost.kernel.wire import RawRequest
from tests.kernel.outbox.postroom import Booking, Courier, postroom

LETTERS = 45
VERSION = "2026-11-01"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the tables."""
    made = f"sqlite:///{tmp_path / 'outbox.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("fresh_postgres_url")
    components = (TENANCY, OUTBOX, postroom(Courier()))
    asyncio.run(create_all(str(made), tuple(record for each in components for record in each.records)))
    return str(made)


@asynccontextmanager
async def process(url: str, courier: Courier) -> AsyncIterator[Kernel]:
    """A kernel as each process has one."""
    components = (TENANCY, OUTBOX, postroom(courier))
    system = System(clock=SystemClock(), entropy=SystemEntropy(), log=RecordedLog(), metrics=MemoryMetrics())
    storage = await sql_storage(url, records=tuple(record for each in components for record in each.records), clock=system.clock)
    policy = Policy(hosts=("localhost",), secrets=("the root secret of these tests, long enough",))
    try:
        yield assemble(ports=Ports(storage=storage, system=system), components=components, policy=policy)
    finally:
        await storage.close()


async def write(kernel: Kernel, key: str, text: str) -> None:
    """A letter over the API."""
    headers = ((b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json"))
    body = msgspec.json.encode({"text": text})
    reply = await kernel.answer(RawRequest(method="POST", path=b"/letters", query=b"", headers=headers, body=body))
    assert reply.status == 201, reply


async def work(kernel: Kernel) -> Counter[Outcome]:
    """Rounds until one is empty."""
    done: Counter[Outcome] = Counter()
    while outcomes := await deliver_due(desk_of(kernel.services, api_version=VERSION), limit=4):
        done += outcomes
    return done


def test_workers_of_two_processes_have_each_effect_once(url: str) -> None:
    """While letters are still being written, five workers deliver: in the end each was booked once, carried once and settled once."""

    async def whole() -> None:
        courier = Courier()
        async with process(url, courier) as one, process(url, courier) as two:
            async with platform_context(one, write=True) as context:
                key = (await create_tenant(context, body=CreateTenant(slug="acme", name="Acme"))).key
            writing = [write(one, key, f"letter {number}") for number in range(LETTERS)]
            await asyncio.gather(*writing, *(work(kernel) for kernel in (one, two, one, two, one)))
            await work(two)
            session = one.storage.session()
            store = session.store(PLATFORM)
            events = (await store.find(Event, limit=100)).items
            bookings = (await store.find(Booking, limit=100)).items
            receipts = (await store.find(Receipt, limit=100)).items
            await session.close()
            assert Counter((event.state, event.attempts, event.payload) for event in events) == Counter({("delivered", 1, b""): LETTERS})
            assert len({row.letter_id for row in bookings}) == len(bookings) == LETTERS
            assert len(receipts) == 2 * LETTERS
            assert Counter(Counter(text for text, _ in courier.carried).values()) == Counter({1: LETTERS})

    asyncio.run(whole())
