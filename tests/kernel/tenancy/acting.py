"""Use cases and changes of tenants as the tests of tenancy play them. It knows a kernel on memory and asserts nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import svcs

from kingpost.kernel.context import Context, Principal
from kingpost.kernel.driving import drive
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.tenancy import AccessKey
from tests.kernel.world import World, header

T = TypeVar("T")


def run(world: World, use_case: Callable[..., Awaitable[T]], **inputs: Any) -> T:
    """The result of a use case in a unit of work of the platform, committed."""
    return drive(_run(world, use_case, inputs))


async def _run(world: World, use_case: Callable[..., Awaitable[T]], inputs: dict[str, Any]) -> T:
    session = world.storage.session()
    with svcs.Container(world.kernel.services) as services:
        async with session.unit(PLATFORM) as unit:
            context = Context(
                request_id="test",
                principal=Principal(id="test", side="platform", permissions=None),
                tenant=None,
                scope=PLATFORM,
                deadline=30,
                api_version="2026-11-01",
                session=session,
                store=session.store(PLATFORM),
                unit=unit,
                system=world.system,
                container=lambda: services,
            )
            result = await use_case(context, **inputs)
            await unit.commit()
    await session.close()
    return result


def change(world: World, platform: str, id_: str, body: dict[str, Any], action: str = "") -> Any:
    """The reply to a change of a tenant, sent with its current tag."""
    path = f"/platform/tenants/{id_}"
    tag = str(header(world.ask("GET", path, key=platform), "etag"))
    more: dict[str, Any] = {} if action in ("/resume", "/reopen") else {"body": body}
    return world.ask("POST" if action else "PATCH", path + action, key=platform, headers=[("if-match", tag)], **more)


def key_of(world: World, tenant_id: str) -> str:
    """The id of a tenant's first key."""
    return str(next(row["id"] for row in world.storage.rows(AccessKey) if row["tenant_id"] == tenant_id))
