"""A small component for these tests: counters that are raised well and badly. It knows no test."""

import asyncio
from typing import Annotated, ClassVar, Protocol, TypeAlias

from msgspec import Meta, Struct, structs

from kingpost.kernel.component import Component, Permission, Service
from kingpost.kernel.context import Context
from kingpost.kernel.errors import Conflict, NotFound, StaleVersion
from kingpost.kernel.operations import Operation, PageQuery
from kingpost.kernel.records import Facts, Index, Record, Retention, Unique
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.scalars import Int64, id_of
from kingpost.kernel.store import Page, Value
from kingpost.kernel.tenancy import TenantId

CounterId: TypeAlias = Annotated[str, id_of("cnt")]


class Counter(Record, frozen=True, kw_only=True):
    """A number with a name."""

    facts: ClassVar[Facts] = Facts(
        component="counters",
        name="counter",
        tenant="tenant_id",
        personal=(),
        retention=Retention("kept for the tests"),
        versioned=True,
        unique=(Unique(("name",)),),
    )
    id: CounterId
    tenant_id: TenantId
    name: Annotated[str, Meta(max_length=40)]
    value: int = 0
    version: int = 1


class Mark(Record, frozen=True, kw_only=True):
    """A number with a name, of which nobody checks whether it was changed meanwhile."""

    facts: ClassVar[Facts] = Facts(
        component="counters",
        name="mark",
        tenant="tenant_id",
        personal=(),
        retention=Retention("kept for the tests"),
        indexes=(Index(("name", "id")),),
    )
    id: CounterId
    tenant_id: TenantId
    name: Annotated[str, Meta(max_length=40)]
    value: int = 0


class NewCounter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter is made from."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]


class CounterPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which counter."""

    counter_id: CounterId


class CounterView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A counter on the wire."""

    id: CounterId
    name: str
    value: Int64


class Bell(Protocol):
    """Rings."""

    def ring(self) -> str:
        """What was heard."""
        ...


class Brass:
    """The bell that the component brings."""

    def ring(self) -> str:
        """Ding."""
        return "ding"


class Tower:
    """Is made with the bell that there is, once."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell


async def create(context: Context, *, body: NewCounter) -> Counter:
    """Add a counter."""
    counter = Counter(id=context.new_id("cnt"), tenant_id=context.tenant_id, name=body.name)
    await context.store.insert(counter)
    return counter


async def listed(context: Context, *, query: PageQuery, after: tuple[Value, ...] | None) -> Page[Counter]:
    """All counters."""
    return await context.store.find(Counter, order=("id",), after=after, limit=query.limit)


async def _loaded(context: Context, key: str, *, lock: bool = False) -> Counter:
    found = await context.store.get(Counter, key, lock=lock)
    if found is None:
        raise NotFound
    return found


async def increase(context: Context, *, path: CounterPath) -> Counter:
    """One more; the row is held from the look to the write."""
    counter = await _loaded(context, path.counter_id, lock=True)
    return await context.store.replace(structs.replace(counter, value=counter.value + 1), expected=counter.version)


async def rename(context: Context, *, path: CounterPath, body: NewCounter, if_match: IfMatch) -> Counter:
    """Another name."""
    counter = await _loaded(context, path.counter_id)
    if_match.require(counter)
    return await context.store.replace(structs.replace(counter, name=body.name), expected=counter.version)


async def increase_carelessly(context: Context, *, path: CounterPath) -> Mark:
    """One more, unless somebody else does the same at the same time."""
    mark = await context.store.get(Mark, path.counter_id)
    if mark is None:
        raise NotFound
    return await context.store.replace(structs.replace(mark, value=mark.value + 1))


async def make_mark(context: Context) -> Mark:
    """Add a mark."""
    mark = Mark(id=context.new_id("cnt"), tenant_id=context.tenant_id, name="mark")
    await context.store.insert(mark)
    return mark


async def sleepy(context: Context) -> None:
    """Waits for an event loop, which a use case may not."""
    await asyncio.sleep(1)  # it never sleeps: that it asks for a loop is the subject


async def yielding(context: Context) -> None:
    """Gives way to an event loop, which a use case may not."""
    await asyncio.sleep(0)  # nobody resumes it: that it suspends is the subject


async def failing(context: Context) -> None:
    """Is broken."""
    raise ZeroDivisionError("nobody foresaw it")


def view(counter: Counter) -> CounterView:
    """The counter on the wire."""
    return CounterView(id=counter.id, name=counter.name, value=counter.value)


READ, WRITE = "counters.counters:read", "counters.counters:write"

COMPONENT = Component(
    name="counters",
    package="tests.testing.counters",
    records=(Counter, Mark),
    permissions=(Permission(READ, "Read counters."), Permission(WRITE, "Change counters.")),
    services=(Service(Bell, lambda _: Brass()), Service(Tower, lambda services: Tower(services.get(Bell)))),
    requires=("tenancy",),
    operations=(
        Operation(
            id="counters.counters.create",
            method="POST",
            path="/counters",
            summary="Add a counter",
            use_case=create,
            permission=WRITE,
            body=NewCounter,
            returns=CounterView,
            view=view,
            location=lambda counter: f"/counters/{counter.id}",
            status=201,
            errors=(Conflict,),
        ),
        Operation(
            id="counters.counters.list",
            method="GET",
            path="/counters",
            summary="List counters",
            use_case=listed,
            permission=READ,
            query=PageQuery,
            returns=CounterView,
            view=view,
        ),
        Operation(
            id="counters.counters.rename",
            method="PATCH",
            path="/counters/{counter_id}",
            summary="Rename a counter",
            use_case=rename,
            permission=WRITE,
            path_parameters=CounterPath,
            body=NewCounter,
            returns=CounterView,
            view=view,
            if_match=True,
            errors=(NotFound, StaleVersion, Conflict),
        ),
        Operation(
            id="counters.counters.fail",
            method="POST",
            path="/failing",
            summary="Fail",
            use_case=failing,
            permission=WRITE,
            status=204,
        ),
    ),
)
