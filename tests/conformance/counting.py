"""A component that counts, well or badly: the subject of the tests of stepping. It knows counters and what each bad way gets wrong."""

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar, TypeAlias

import svcs
from msgspec import Meta, Struct, structs

from kingpost.kernel.component import Component, Permission, Service
from kingpost.kernel.context import Authenticator, Caller, Context
from kingpost.kernel.errors import Conflict, KernelError, NotFound, Unavailable
from kingpost.kernel.operations import Example, Operation
from kingpost.kernel.records import Facts, Record, Retention, Unique
from kingpost.kernel.scalars import Int64, id_of
from kingpost.kernel.store import PLATFORM, Session
from kingpost.kernel.tenancy import AccessKey, TenantId
from kingpost.kernel.tenancy.ports import Memory

CounterId: TypeAlias = Annotated[str, id_of("cnt")]


class Counter(Record, frozen=True, kw_only=True):
    """A number of a tenant; it has no version, so nothing but a lock protects it."""

    facts: ClassVar[Facts] = Facts(
        component="counting",
        name="counter",
        tenant="tenant_id",
        personal=(),
        retention=Retention("kept for the tests"),
        unique=(Unique(("name",)),),
    )
    id: CounterId
    tenant_id: TenantId
    name: Annotated[str, Meta(max_length=100)]
    value: int = 0


class CounterView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A counter on the wire."""

    id: CounterId
    name: str
    value: Int64


class NewCounter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter is made from."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]


class CounterPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which counter."""

    counter_id: CounterId


class NameTaken(Conflict):
    """The tenant has a counter with this name."""

    code, title = "counter-name-taken", "There is a counter with this name."


Bump = Callable[..., Awaitable[Counter]]


async def create_counter(context: Context, *, body: NewCounter) -> Counter:
    """Make a counter."""
    counter = Counter(id=context.new_id("cnt"), tenant_id=context.tenant_id, name=body.name)
    try:
        await context.store.insert(counter)
    except Conflict as error:
        raise NameTaken from error
    return counter


async def read_counter(context: Context, *, path: CounterPath) -> Counter:
    """One counter."""
    return await _load(context, path)


async def bump_held(context: Context, *, path: CounterPath) -> Counter:
    """Count one, as it should be done: the row is held from the look to the write."""
    counter = await _load(context, path, lock=True)
    return await context.store.replace(structs.replace(counter, value=counter.value + 1))


async def bump_naively(context: Context, *, path: CounterPath) -> Counter:
    """Read, then write: what others write in between is lost."""
    counter = await _load(context, path)
    return await context.store.replace(structs.replace(counter, value=counter.value + 1))


async def bump_twice(context: Context, *, path: CounterPath) -> Counter:
    """Two writes that belong together; without a unit of work they do not end together."""
    counter = await _load(context, path)
    once = await context.store.replace(structs.replace(counter, value=counter.value + 1))
    return await context.store.replace(structs.replace(once, value=once.value + 1))


async def bump_or_not(context: Context, *, path: CounterPath) -> Counter:
    """A success is told although the write has failed."""
    counter = await _load(context, path, lock=True)
    bumped = structs.replace(counter, value=counter.value + 1)
    try:
        return await context.store.replace(bumped)
    except Unavailable:
        return bumped


async def bump_for_ever(context: Context, *, path: CounterPath) -> Counter:
    """Errors that the caller cannot know of: nothing is documented as 418."""
    await _load(context, path, lock=True)
    raise _Teapot


class _Teapot(KernelError):
    """A condition that no operation declares."""

    code, status, title = "teapot", 418, "Short and stout."


async def _load(context: Context, path: CounterPath, *, lock: bool = False) -> Counter:
    counter = await context.store.get(Counter, path.counter_id, lock=lock)
    if counter is None:
        raise NotFound
    return counter


def _view(counter: Counter) -> CounterView:
    return CounterView(id=counter.id, name=counter.name, value=counter.value)


def counting(bump: Bump = bump_held, *, unit: bool = True) -> Component:
    """The component, counting in one of the ways."""
    shown = {"path_parameters": CounterPath, "returns": CounterView, "view": _view, "errors": (NotFound,)}
    return Component(
        name="counting",
        package="tests.conformance.counting",
        records=(Counter,),
        requires=("tenancy",),
        permissions=(Permission("counting.counters:use", "Count."),),
        operations=(
            Operation(
                id="counting.counters.create",
                method="POST",
                path="/counters",
                summary="Make a counter",
                use_case=create_counter,
                permission="counting.counters:use",
                body=NewCounter,
                returns=CounterView,
                view=_view,
                location=lambda counter: f"/counters/{counter.id}",
                status=201,
                errors=(NameTaken,),
                examples=(Example(summary="Visitors", body={"name": "visitors"}),),
            ),
            Operation(
                id="counting.counters.read",
                method="GET",
                path="/counters/{counter_id}",
                summary="Read a counter",
                use_case=read_counter,
                permission="counting.counters:use",
                **shown,
            ),
            Operation(
                id="counting.counters.bump",
                method="POST",
                path="/counters/{counter_id}/bumps",
                summary="Count one",
                use_case=bump,
                permission="counting.counters:use",
                unit=unit,
                **shown,
            ),
        ),
    )


class _Late:
    """An authenticator that remembers what it has read before others changed it."""

    def __init__(self, container: svcs.Container) -> None:
        self._inner, self._memory = container.get(Authenticator), container.get(Memory)

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        caller = await self._inner.authenticate(session=session, credential=credential)
        await session.store(PLATFORM).get(AccessKey, "key_01h455vb4pex5vsknk084sn02q")
        self._memory.remember_caller(credential, caller, mark=self._memory.mark(), expires_at=None)
        return caller


LATE = Component(name="late", package="tests.conformance.counting", requires=("tenancy",), services=(Service(Authenticator, _Late),))
