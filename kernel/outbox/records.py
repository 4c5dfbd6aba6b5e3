"""What the outbox persists: events that wait for their delivery, and what each consumer has had. It decides nothing."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from kingpost.kernel.events import LONGEST_NAME
from kingpost.kernel.records import Facts, Index, Lease, Record, Reference, Retention, Unique
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import Tenant, TenantId

EventId: TypeAlias = Annotated[str, id_of("evt")]
ReceiptId: TypeAlias = Annotated[str, id_of("rcp")]
State: TypeAlias = Literal["waiting", "delivered", "parked"]


class Event(Record, frozen=True, kw_only=True):
    """An event of the platform or of one tenant. Workers claim it when it is due; it is the platform's row, because they work for all tenants."""

    facts: ClassVar[Facts] = Facts(
        component="outbox",
        name="event",
        tenant=None,
        versioned=True,
        personal=("payload",),
        retention=Retention("kept for the operator who asks what was sent", days=30, since="settled_at"),
        indexes=(Index(("state", "id")), Index(("tenant_id", "id"))),
        references=(Reference("tenant_id", Tenant),),
        lease=Lease(due="due_at", attempts="attempts"),
    )
    id: EventId
    tenant_id: TenantId | None
    type: Annotated[str, Meta(max_length=LONGEST_NAME)]
    payload: bytes
    """JSON, sealed to this row; empty once it is delivered, so that a link in a mail is not kept longer than it takes."""
    request_id: Annotated[str, Meta(max_length=128)]
    """The request that published it, for the log."""
    state: State
    due_at: datetime | None
    """From when it may be claimed; null once it is delivered or parked."""
    attempts: int = 0
    failure: Annotated[str, Meta(max_length=200)] | None = None
    """The consumer that failed last, and the condition; never a message, which may hold what must not be kept."""
    published_at: datetime
    settled_at: datetime | None = None
    version: int = 1


class Receipt(Record, frozen=True, kw_only=True):
    """That a consumer has had an event: written in the unit of work of its effect, so that the effect happens once."""

    facts: ClassVar[Facts] = Facts(
        component="outbox",
        name="receipt",
        tenant=None,
        personal=(),
        retention=Retention("as long as its event", days=30, since="had_at"),
        unique=(Unique(("event_id", "consumer")),),
        references=(Reference("event_id", Event),),
    )
    id: ReceiptId
    event_id: EventId
    consumer: Annotated[str, Meta(max_length=LONGEST_NAME)]
    had_at: datetime
