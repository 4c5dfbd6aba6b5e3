"""A small component that publishes and subscribes, for the tests of the outbox. It knows letters and what may go wrong; it asserts nothing."""

from collections.abc import Callable
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from kingpost.kernel.component import Component, Permission
from kingpost.kernel.context import Context
from kingpost.kernel.events import Delivery, EventType, Subscription, publish
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Facts, Record, Retention
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import TenantId

LetterId: TypeAlias = Annotated[str, id_of("ltr")]


class Letter(Record, frozen=True, kw_only=True):
    """A letter that was written."""

    facts: ClassVar[Facts] = Facts(
        component="post", name="letter", tenant="tenant_id", personal=("text",), retention=Retention("kept for the tests")
    )
    id: LetterId
    tenant_id: TenantId
    text: str


class Booking(Record, frozen=True, kw_only=True):
    """That a letter was booked: one row per effect, so that effects can be counted."""

    facts: ClassVar[Facts] = Facts(
        component="post", name="booking", tenant="tenant_id", personal=(), retention=Retention("kept for the tests")
    )
    id: Annotated[str, id_of("bkg")]
    tenant_id: TenantId
    letter_id: LetterId


class Written(Struct, frozen=True, kw_only=True):
    """What is told of a letter."""

    letter_id: str
    text: str


class WriteLetter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a letter is made from."""

    text: Annotated[str, Meta(max_length=100)]


class LetterView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter on the wire."""

    id: LetterId


WRITTEN = EventType(name="post.letter.written", payload=Written, meaning="A letter was written.")


class Courier:
    """Carries letters out of the house, and what a test makes of that."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, Delivery]] = []
        self.accidents: list[BaseException] = []
        """What the next carryings raise, before anything is carried."""
        self.contexts: list[Context] = []
        self.during: Callable[[], None] = lambda: None
        """What happens while a letter is carried."""


async def write_letter(context: Context, *, body: WriteLetter) -> Letter:
    """Write it, and tell so."""
    letter = Letter(id=context.new_id("ltr"), tenant_id=context.tenant_id, text=body.text)
    await context.store.insert(letter)
    await publish(context, WRITTEN, Written(letter_id=letter.id, text=letter.text))
    return letter


async def book(context: Context, written: Written, _: Delivery) -> None:
    """An effect in the database."""
    await context.store.insert(Booking(id=context.new_id("bkg"), tenant_id=context.tenant_id, letter_id=written.letter_id))


def postroom(courier: Courier, *, carries: bool = True) -> Component:
    """The component, whose courier is the test's."""

    async def carry(context: Context, written: Written, delivery: Delivery) -> None:
        courier.contexts.append(context)
        if courier.accidents:
            raise courier.accidents.pop(0)
        courier.during()
        courier.carried.append((written.text, delivery))

    booking = Subscription(event=WRITTEN, consumer="post.book", handler=book)
    carrying = Subscription(event=WRITTEN, consumer="post.carry", handler=carry, unit=False)
    return Component(
        name="post",
        package="tests.kernel.outbox.postroom",
        records=(Letter, Booking),
        permissions=(Permission("post.letters:write", "Write letters."),),
        operations=(
            Operation(
                id="post.letters.write",
                method="POST",
                path="/letters",
                summary="Write a letter",
                use_case=write_letter,
                permission="post.letters:write",
                body=WriteLetter,
                returns=LetterView,
                view=lambda letter: LetterView(id=letter.id),
                status=201,
            ),
        ),
        events=(WRITTEN,),
        subscriptions=(booking, carrying) if carries else (booking,),
        requires=("tenancy", "outbox"),
    )
