"""Bare use cases as acts: what is done at the machine, without HTTP, in a unit of work of the platform. It knows keys; it knows no request."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import msgspec
import svcs
from msgspec import Struct

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.context import Context, Principal
from kingpost.kernel.errors import KernelError
from kingpost.kernel.store import PLATFORM, Session, UnitOfWork
from kingpost.kernel.tenancy import AccessKey, issue_first_key, revoke_key, rotate_key
from kingpost.kernel.wire import RawReply

from .requests import Cast
from .stage import Stage

OPERATOR = Principal(id="operator", side="platform", permissions=None)


class Deed(Struct, frozen=True, kw_only=True):
    """A use case in a unit of work of its own. Its result and its refusal are told like those of a request."""

    name: str
    use_case: Callable[[Context], Awaitable[object]]
    actor: str = "platform"
    reads: bool = False
    changes: bool = False
    removes: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """Its name."""
        return self.name

    async def start(self, kernel: Kernel) -> RawReply:
        """Do it."""
        try:
            result = await self._done(kernel)
        except KernelError as error:
            return RawReply(status=error.status, headers=(), body=msgspec.json.encode({"code": error.code}))
        return RawReply(status=200, headers=(), body=repr(result).encode())

    def statuses(self, stage: Stage) -> frozenset[int]:  # noqa: ARG002  (the signature of an act)
        """It is done, or refused with a condition of the caller's or of the storage."""
        return frozenset({200, 404, 409, 412, 503})

    async def _done(self, kernel: Kernel) -> object:
        session = kernel.storage.session(deadline=kernel.system.clock.monotonic() + kernel.policy.limits.seconds)
        try:
            with svcs.Container(kernel.services) as services:
                async with session.unit(PLATFORM) as unit:
                    result = await self.use_case(_context(kernel, session, services, unit))
                    await unit.commit()
                    return result
        finally:
            await session.close()


def _context(kernel: Kernel, session: Session, services: svcs.Container, unit: UnitOfWork) -> Context:
    return Context(
        request_id="stepping",
        principal=OPERATOR,
        tenant=None,
        scope=PLATFORM,
        deadline=kernel.system.clock.monotonic() + kernel.policy.limits.seconds,
        api_version=kernel.policy.versions[-1],
        session=session,
        store=session.store(PLATFORM),
        unit=unit,
        system=kernel.system,
        container=lambda: services,
    )


def issuing_the_first_key(_: Cast) -> Deed:
    """Make the platform's first key."""
    return Deed(name="issue_first_key", use_case=issue_first_key)


def rotating(cast: Cast) -> Deed:
    """Put another key in the place of the first tenant's; the old one goes on working for a day."""
    key = _key_of_a(cast)
    return Deed(name="rotate_key", use_case=lambda context: rotate_key(context, key=key, overlap=timedelta(days=1)))


def revoking(cast: Cast) -> Deed:
    """End the first tenant's key."""
    key = _key_of_a(cast)
    return Deed(name="revoke_key", use_case=lambda context: revoke_key(context, key=key))


def _key_of_a(cast: Cast) -> str:
    tenant = cast.ids[("a", "ten")][0]
    return next(str(getattr(row, "id", "")) for row in cast.stage.records(AccessKey) if getattr(row, "tenant_id", None) == tenant)


DEEDS: Final[Mapping[str, Callable[[Cast], Deed]]] = {
    "tenancy.issue_first_key": issuing_the_first_key,
    "tenancy.rotate_key": rotating,
    "tenancy.revoke_key": revoking,
}
"""What can be done with keys at the machine."""
