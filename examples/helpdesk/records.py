"""What the help desk persists."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from kingpost.kernel.records import Facts, Index, Record, Reference, Retention
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import TenantId
from msgspec import Meta

TicketId: TypeAlias = Annotated[str, id_of("tic")]
CommentId: TypeAlias = Annotated[str, id_of("com")]
Status: TypeAlias = Literal["open", "waiting", "solved", "closed"]


class Ticket(Record, frozen=True, kw_only=True):
    """What somebody needs help with."""

    facts: ClassVar[Facts] = Facts(
        component="helpdesk",
        name="ticket",
        tenant="tenant_id",
        versioned=True,
        personal=("requester", "subject"),
        retention=Retention("two years after the last change, for warranty claims", days=730, since="updated_at"),
        indexes=(Index(("status", "id")),),
    )
    id: TicketId
    tenant_id: TenantId
    subject: Annotated[str, Meta(max_length=200)]
    requester: Annotated[str, Meta(max_length=254)]
    status: Status
    updated_at: datetime
    version: int = 1


class Comment(Record, frozen=True, kw_only=True):
    """What somebody says about a ticket."""

    facts: ClassVar[Facts] = Facts(
        component="helpdesk",
        name="comment",
        tenant="tenant_id",
        personal=("author", "text"),
        retention=Retention("as long as its ticket"),
        references=(Reference("ticket_id", Ticket),),
        indexes=(Index(("ticket_id", "id")),),
    )
    id: CommentId
    tenant_id: TenantId
    ticket_id: TicketId
    author: Annotated[str, Meta(max_length=100)]
    text: Annotated[str, Meta(max_length=5000)]
    written_at: datetime
