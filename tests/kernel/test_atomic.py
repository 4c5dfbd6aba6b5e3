"""A unit of work of a use case's own: what it writes is committed at the end of the block, or not at all."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import svcs

from kingpost.kernel.context import Context, Principal
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Scope
from tests.kernel.workshop import Tool
from tests.kernel.world import World


class Whim(Exception):
    """What a use case raises."""


def without_unit(world: World, tenant: str, use_case: Callable[[Context], Awaitable[None]]) -> None:
    """Call the use case as an operation with ``unit=False`` does."""

    async def called() -> None:
        session, scope = world.storage.session(), Scope(tenant)
        try:
            with svcs.Container(world.kernel.services) as services:
                await use_case(
                    Context(
                        request_id="test",
                        principal=Principal(id="test", side="tenant", tenant_id=tenant, permissions=None),
                        tenant=None,
                        scope=scope,
                        deadline=30,
                        api_version="2026-11-01",
                        session=session,
                        store=session.store(scope),
                        system=world.system,
                        container=lambda: services,
                    )
                )
        finally:
            await session.close()

    drive(called())


async def put(context: Context, name: str) -> None:
    """A tool on the shelf."""
    await context.store.insert(Tool(id=context.new_id("tol"), tenant_id=context.tenant_id, name=name, shelf=1, created_at=context.now()))


@pytest.fixture
def world() -> World:
    """A kernel with a workshop."""
    return World()


@pytest.fixture
def tenant(world: World) -> str:
    """A tenant's id."""
    return str(world.tenant("acme")[0]["id"])


def names(world: World) -> list[Any]:
    """What is on the shelf."""
    return sorted(row["name"] for row in world.storage.rows(Tool))


def test_what_is_written_is_committed_at_the_end_of_the_block(world: World, tenant: str) -> None:
    """Not before, and together; what waits for the commit comes behind it, and behind a block of the outer context at once."""
    seen: list[tuple[str, list[Any]]] = []

    async def use_case(context: Context) -> None:
        async with context.atomic() as inside:
            await put(inside, "saw")
            await put(inside, "axe")
            inside.on_commit(lambda: seen.append(("committed", names(world))))
            seen.append(("inside", names(world)))
        context.on_commit(lambda: seen.append(("at once", names(world))))

    without_unit(world, tenant, use_case)
    assert seen == [("inside", []), ("committed", ["axe", "saw"]), ("at once", ["axe", "saw"])]


def test_a_block_that_raises_has_written_nothing(world: World, tenant: str) -> None:
    """The error passes, nothing is kept, and nothing that waited for the commit happens."""
    called: list[str] = []

    async def use_case(context: Context) -> None:
        async with context.atomic() as inside:
            await put(inside, "saw")
            inside.on_commit(lambda: called.append("never"))
            raise Whim

    with pytest.raises(Whim):
        without_unit(world, tenant, use_case)
    assert (names(world), called) == ([], [])


def test_inside_a_unit_it_is_a_savepoint(world: World, tenant: str) -> None:
    """What the inner block has undone leaves the outer one as it was."""

    async def given_up(outer: Context) -> None:
        async with outer.atomic() as inner:
            await put(inner, "axe")
            raise Whim

    async def use_case(context: Context) -> None:
        async with context.atomic() as outer:
            await put(outer, "saw")
            with pytest.raises(Whim):
                await given_up(outer)
            await put(outer, "file")

    without_unit(world, tenant, use_case)
    assert names(world) == ["file", "saw"]
