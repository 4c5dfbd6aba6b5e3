"""A kernel on a machine whose other services are scripted, and a use case's way of calling them. It knows ports and asserts nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import svcs

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, MemorySleeper, MemoryStorage, RecordedLog, ScriptedHttp, SeededEntropy
from kingpost.adapters.memory.outbound import Answer
from kingpost.kernel.assembly import Ports, assemble
from kingpost.kernel.context import ANONYMOUS, Context
from kingpost.kernel.driving import drive
from kingpost.kernel.outbound import HttpReply, HttpRequest, Target
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.system import System

URL = "https://rates.example/v1/rates?token=secret"


class Errands:
    """Everything around one use case that calls other services."""

    def __init__(self, *answers: Answer, otherwise: Answer | None = None, **machine: Any) -> None:
        self.clock = MemoryClock()
        self.log = RecordedLog()
        self.metrics = MemoryMetrics()
        self.sleeper = MemorySleeper(self.clock)
        self.http = ScriptedHttp(*answers, otherwise=otherwise)
        self.system = System(
            clock=self.clock, entropy=SeededEntropy(), log=self.log, metrics=self.metrics, sleeper=self.sleeper, http=self.http, **machine
        )
        self.storage = MemoryStorage(records=(), clock=self.clock)
        policy = Policy(hosts=("localhost",), secrets=("the root secret of errands, long enough",))
        self.kernel = assemble(ports=Ports(storage=self.storage, system=self.system), components=(), policy=policy)

    @asynccontextmanager
    async def context(self, *, seconds: float = 30.0, write: bool = False, **more: Any) -> AsyncIterator[Context]:
        """A context whose deadline is in so many seconds; with ``write`` in a unit of work."""
        session = self.storage.session()
        with svcs.Container(self.kernel.services) as services:
            known: dict[str, Any] = {
                "request_id": "r-1",
                "principal": ANONYMOUS,
                "tenant": None,
                "scope": PLATFORM,
                "deadline": self.clock.monotonic() + seconds,
                "api_version": "2026-11-01",
                "session": session,
                "store": session.store(PLATFORM),
                "system": self.system,
                "container": lambda: services,
                **more,
            }
            if write:
                async with session.unit(PLATFORM) as unit:
                    yield Context(unit=unit, **known)
            else:
                yield Context(**known)
        await session.close()

    def send(self, request: HttpRequest, *, seconds: float = 30.0, **more: Any) -> HttpReply:
        """The reply to a request of a use case."""

        async def act() -> HttpReply:
            async with self.context(seconds=seconds, **more) as context:
                return await context.send(request)

        return drive(act())

    def get(self, target: Target, url: str = URL, **more: Any) -> HttpReply:
        """The reply to a plain GET."""
        return self.send(HttpRequest(target=target, method="GET", url=url), **more)
