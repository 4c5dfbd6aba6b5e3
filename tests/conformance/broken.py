"""Targets that are broken in one place each, for proofs that the kit finds what it is there to find. It knows the reference and how to spoil it."""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import structs

from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.backend import MemoryBackend, Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Exchange, Reply
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Clock
from tests.conformance.targets import COMPONENTS


class WithoutVary(KernelTarget):
    """Leaves one header out of one kind of answer."""

    def send(self, exchange: Exchange) -> Reply:
        """A conflict without Vary."""
        reply = super().send(exchange)
        lines = reply.headers if reply.status != 409 else tuple(line for line in reply.headers if line[0] != b"vary")
        return structs.replace(reply, headers=lines)


class Telling(KernelTarget):
    """Answers for an id that never was in another way than for one that is gone."""

    def send(self, exchange: Exchange) -> Reply:
        """A 404 with another code."""
        reply = super().send(exchange)
        if reply.status != 404 or b"01h455vb4pex5vsknk084sn02q" not in exchange.path:
            return reply
        return structs.replace(reply, body=reply.body.replace(b"not-found", b"not-there"))


class Backwards(KernelTarget):
    """Turns a page round."""

    def send(self, exchange: Exchange) -> Reply:
        """The items in the other order."""
        reply = super().send(exchange)
        if reply.status != 200 or not reply.body.startswith(b'{"items":'):
            return reply
        page = json.loads(reply.body)
        turned = json.dumps({**page, "items": page["items"][::-1]}, ensure_ascii=False, separators=(",", ":")).encode()
        return structs.replace(reply, body=turned)


class Drawing(KernelTarget):
    """Draws chance once more than it should."""

    def send(self, exchange: Exchange) -> Reply:
        """Each conflict costs a draw."""
        reply = super().send(exchange)
        if reply.status == 409:
            self.bench.machine.draw("record-ids", 10)
        return reply


class _Around:
    """Something with everything that the inner one has."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _ForgetfulStorage(_Around):
    def session(self, *, deadline: float | None = None) -> Any:
        return _ForgetfulSession(self._inner.session(deadline=deadline))


class _ForgetfulSession(_Around):
    def store(self, scope: Any) -> Any:
        return _ForgetfulStore(self._inner.store(scope))


class _ForgetfulStore(_Around):
    async def replace(self, row: Any, *, expected: int | None = None) -> Any:
        """Look whether it could be written, and say that it was."""
        replaced = await self._inner.replace(row, expected=expected)
        await self._inner.replace(structs.replace(row, version=replaced.version, updated_at=row.created_at), expected=replaced.version)
        return replaced


class ForgetfulBackend(MemoryBackend):
    """Keeps another row than it says."""

    name = "forgetful"

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:
        """A storage whose rows are not what was answered."""
        storage: Any = _ForgetfulStorage(MemoryStorage(records=records, clock=clock))
        return storage  # type: ignore[no-any-return]


def forgetful() -> KernelTarget:
    """The kernel on a storage that keeps another row than it says."""
    return KernelTarget(Setup(components=COMPONENTS, backend=ForgetfulBackend()), "forgetful")


def broken(kind: type[KernelTarget]) -> KernelTarget:
    """A broken target of this kind."""
    return kind(Setup(components=COMPONENTS), "broken")
