"""Mutants of the kernel's parts: cursors, authentication, decoders, policy. It knows the parts by their ports and replaces one at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import structs

from kingpost.conformance.asking import found, put
from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.context import Authenticator, Caller
from kingpost.kernel.cursors import Cursors
from kingpost.kernel.errors import Invalid, MalformedCursor
from kingpost.kernel.store import Session, Value

from .breaking import ruling, wiring
from .mutant import Mutant


class _Loose(Cursors):
    """Cursors that are bound to a part of what they should be bound to."""

    def __init__(self, kernel: Kernel, forgotten: int) -> None:
        self._cursors = kernel.cursors
        self._forgotten = forgotten

    def seal(self, position: tuple[Value, ...], *, binding: bytes) -> str:
        return self._cursors.seal(position, binding=self._loosened(binding))

    def open(self, cursor: str, *, binding: bytes) -> tuple[Value, ...]:
        return self._cursors.open(cursor, binding=self._loosened(binding))

    def _loosened(self, binding: bytes) -> bytes:
        parts = msgspec.json.decode(binding, type=list[object])
        parts[self._forgotten] = None
        return msgspec.json.encode(parts)


class _Unsigned(Cursors):
    """Cursors that anybody can make."""

    def __init__(self, kernel: Kernel) -> None:
        self._cursors = kernel.cursors

    def seal(self, position: tuple[Value, ...], *, binding: bytes) -> str:  # noqa: ARG002  (it is what is forgotten)
        return self._cursors.seal(position, binding=b"")

    def open(self, cursor: str, *, binding: bytes) -> tuple[Value, ...]:  # noqa: ARG002  (it is what is forgotten)
        try:
            return self._cursors.open(cursor, binding=b"")
        except MalformedCursor:
            return ("spc_00000000000000000000000000",)


def _loosely(forgotten: int) -> Callable[[Kernel], None]:
    def change(kernel: Kernel) -> None:
        kernel.cursors = _Loose(kernel, forgotten)

    return change


def _unsigned(kernel: Kernel) -> None:
    kernel.cursors = _Unsigned(kernel)


class _LetsIn:
    """An authenticator to which a tenant in this state is active."""

    def __init__(self, inner: Authenticator, status: str) -> None:
        self._inner = inner
        self._status = status

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        caller = await self._inner.authenticate(session=session, credential=credential)
        if caller.tenant is None or caller.tenant.status != self._status:
            return caller
        return structs.replace(caller, tenant=structs.replace(caller.tenant, status="active"))


class _Shortens:
    """An authenticator that looks at the first characters of a key only."""

    def __init__(self, inner: Authenticator) -> None:
        self._inner = inner

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        return await self._inner.authenticate(session=session, credential=credential[:66])


class _Remembers:
    """An authenticator that never forgets whom it has let in."""

    def __init__(self, inner: Authenticator) -> None:
        self._inner = inner
        self.callers: dict[str, Caller] = {}

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        if credential not in self.callers:
            caller = await self._inner.authenticate(session=session, credential=credential)
            if caller.tenant is None or caller.tenant.status != "active":
                return caller
            self.callers[credential] = caller
        return self.callers[credential]


class _Remembering(KernelTarget):
    """What is remembered ends with the world it was seen in."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._memory = _Remembers(self.bench.kernel.authenticator)
        self.bench.kernel.authenticator = self._memory

    def reset(self, *, seed: int, now: datetime) -> str:
        self._memory.callers.clear()
        return super().reset(seed=seed, now=now)


def _lets_in(status: str) -> Callable[[Kernel], None]:
    def change(kernel: Kernel) -> None:
        kernel.authenticator = _LetsIn(kernel.authenticator, status)

    return change


def _shortens(kernel: Kernel) -> None:
    kernel.authenticator = _Shortens(kernel.authenticator)


Mend = Callable[[dict[str, Any], Invalid], dict[str, Any]]
"""A body that was refused, without what was wrong with it."""


def _mending(mend: Mend) -> Callable[[Kernel], None]:
    def change(kernel: Kernel) -> None:
        for plan in kernel.plans.values():
            if plan.decode_body is not None:
                plan.decode_body = _mended(plan.decode_body, mend)

    return change


def _mended(decode: Callable[[bytes], object], mend: Mend) -> Callable[[bytes], object]:
    def lenient(body: bytes) -> object:
        try:
            return decode(body)
        except Invalid as error:
            document: object = msgspec.json.decode(body)
            mended = mend(cast("dict[str, Any]", document), error) if isinstance(document, dict) else None
            if mended is None or msgspec.json.encode(mended) == msgspec.json.encode(document):
                raise
            return decode(msgspec.json.encode(mended))

    return lenient


def _without_unknown(document: dict[str, Any], error: Invalid) -> dict[str, Any]:
    unknown = {each.pointer[1:] for each in error.errors if each.code == "unknown-field"}
    return {name: value for name, value in document.items() if name not in unknown}


def _numbers_for_texts(document: dict[str, Any], error: Invalid) -> dict[str, Any]:
    return _retyped(document, error, lambda value: int(value) if isinstance(value, str) and value.isdecimal() else value)


def _truth_for_numbers(document: dict[str, Any], error: Invalid) -> dict[str, Any]:
    return _retyped(document, error, lambda value: bool(value) if type(value) is int and value in (0, 1) else value)


def _retyped(document: dict[str, Any], error: Invalid, change: Callable[[Any], Any]) -> dict[str, Any]:
    for each in error.errors:
        way = tuple(each.pointer[1:].split("/"))
        inside = found(document, way)
        if each.code == "wrong-type" and change(inside) is not inside:
            document = put(document, way, change(inside))
    return document


MUTANTS = (
    Mutant(
        name="cursor-for-every-tenant",
        broken="A cursor is not bound to its tenant.",
        make=wiring(_loosely(1)),
    ),
    Mutant(
        name="cursor-for-every-filter",
        broken="A cursor is not bound to its filter.",
        make=wiring(_loosely(2)),
    ),
    Mutant(
        name="cursor-unsigned",
        broken="A cursor is not signed: one that nobody made means the first page.",
        make=wiring(_unsigned),
    ),
    Mutant(
        name="suspended-let-in",
        broken="A suspended tenant is served.",
        make=wiring(_lets_in("suspended")),
    ),
    Mutant(
        name="closed-let-in",
        broken="A closed tenant is served.",
        make=wiring(_lets_in("closed")),
    ),
    Mutant(
        name="key-remembered-for-ever",
        broken="A key that was once let in is let in for ever, whatever becomes of its tenant.",
        make=_Remembering,
    ),
    Mutant(
        name="key-shortened",
        broken="What stands behind the end of a key is not looked at.",
        make=wiring(_shortens),
    ),
    Mutant(
        name="unknown-fields-ignored",
        broken="A field that is not declared is passed over in silence.",
        make=wiring(_mending(_without_unknown)),
    ),
    Mutant(
        name="integers-from-texts",
        broken="A text of digits is taken for an integer.",
        make=wiring(_mending(_numbers_for_texts)),
    ),
    Mutant(
        name="booleans-from-integers",
        broken="1 is taken for true.",
        make=wiring(_mending(_truth_for_numbers)),
    ),
    Mutant(
        name="every-host-served",
        broken="The header Host is not held against the list.",
        make=ruling(lambda policy: structs.replace(policy, hosts=("*",))),
    ),
    Mutant(
        name="body-limit-ignored",
        broken="A body may be twice as large as the limit.",
        make=ruling(lambda policy: structs.replace(policy, limits=structs.replace(policy.limits, body=2 * policy.limits.body))),
    ),
    Mutant(
        name="weak-tags-taken",
        broken="A weak tag is good enough to change something.",
        make=ruling(lambda policy: structs.replace(policy, accept_weakened_etags=True)),
    ),
)
