"""What is about to be done: a use case with its inputs, or a request. It knows how each is done and how it is told; it decides nothing."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from kingpost.adapters.runtime.calls import context_of
from kingpost.conformance.stepping.stage import Stage
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.driving import explain
from kingpost.kernel.errors import KernelError
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record
from kingpost.kernel.replies import IfMatch, entity_tag
from kingpost.kernel.wire import RawReply, RawRequest

from .client import Answer
from .parties import Party, caller_of

ANY_STATUS: Final = frozenset((*range(200, 500), 503))
"""What a use case that no operation names may come to."""


class Came(RawReply, frozen=True, kw_only=True):
    """What came of it: ``value`` is the use case's result, the answer, or the condition that was raised."""

    value: object = None


class Prepared(Struct, frozen=True, kw_only=True):
    """Something that has not been done yet. ``every_interleaving`` and ``crash_everywhere`` do it again and again."""

    name: str
    party: Party
    do: Callable[[Kernel], Coroutine[Any, Any, object]]
    """Does it; raises what it raises."""
    shown: str
    """What a person needs to know of it."""
    operation: Operation | None = None

    def __str__(self) -> str:
        return f"{self.name} as {self.party.name}"

    @property
    def actor(self) -> str:
        """Who does it."""
        return self.party.name

    @property
    def reads(self) -> bool:
        """Whether it must not change any row."""
        return self.operation is not None and self.operation.method == "GET"

    @property
    def changes(self) -> bool:
        """Whether some row must be another one after its success: that is for a test to say."""
        return False

    @property
    def removes(self) -> str:
        """Nothing that the kit could judge."""
        return ""

    def statuses(self, stage: Stage) -> frozenset[int]:
        """The statuses that the OpenAPI document names for the operation; any but 500 where there is none."""
        return ANY_STATUS if self.operation is None else stage.statuses[self.operation.id]

    async def start(self, kernel: Kernel) -> RawReply:
        """Do it, and tell a condition as an answer tells it."""
        try:
            result = await self.do(kernel)
        except KernelError as error:
            return Came(status=error.status, headers=(), body=msgspec.json.encode({"code": error.code}), value=error)
        except Exception as error:
            explain(error)
            raise
        if isinstance(result, Answer):
            return Came(status=result.status, headers=result.raw.headers, body=result.body, value=result)
        return Came(status=200 if self.operation is None else self.operation.status, headers=(), body=_told(result), value=result)


def _told(result: object) -> bytes:
    """The result so that equal ones are equal; of what is no data, the type."""
    return msgspec.json.encode(msgspec.to_builtins(result, enc_hook=lambda value: type(value).__qualname__))


def use_case_call(
    use_case: Callable[..., Awaitable[object]], party: Party, given: Mapping[str, object], operation: Operation | None
) -> Prepared:
    """The use case with its inputs, in a unit of work of its own where its operation has one."""
    inputs = _completed(use_case, given)
    write = operation is None or (operation.unit and operation.method != "GET")

    async def do(kernel: Kernel) -> object:
        session = kernel.storage.session()
        try:
            caller = await caller_of(kernel.authenticator, session, party)
        finally:
            await session.close()
        async with context_of(kernel, caller, write=write) as context:
            return await use_case(context, **inputs)

    name = getattr(use_case, "__qualname__", repr(use_case))
    shown = f"{name}({', '.join(f'{key}={value!r}' for key, value in inputs.items())}) as {party.name}"
    return Prepared(name=name, party=party, do=do, shown=shown, operation=operation)


def request_call(request: RawRequest, party: Party, operation: Operation | None) -> Prepared:
    """The request, through the whole pipeline; what nobody foresaw is raised as it is."""

    async def do(kernel: Kernel) -> Answer:
        reply = await kernel.answer(request)
        if reply.failure is not None:
            raise reply.failure
        return Answer(request, reply)

    name = f"{request.method} {request.path.decode('latin-1')}"
    return Prepared(name=name, party=party, do=do, shown=f"{name} {request.body.decode(errors='replace')}", operation=operation)


def _completed(use_case: Callable[..., object], given: Mapping[str, object]) -> dict[str, object]:
    """The inputs, with what a test need not say: a list starts at its beginning, and a record stands for its own tag in ``if_match``."""
    inputs, taken = dict(given), inspect.signature(use_case).parameters
    if "after" in taken and taken["after"].default is inspect.Parameter.empty:
        inputs.setdefault("after", None)
    match inputs.get("if_match"):
        case Record() as row:
            inputs["if_match"] = IfMatch(frozenset((entity_tag(row),)))
        case str() as tag:
            inputs["if_match"] = IfMatch(frozenset((tag,)))
        case _:
            pass
    return inputs
