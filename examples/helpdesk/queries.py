"""What the help desk asks of several records at once."""

from typing import Final

from kingpost.adapters.sql.queries import Query, contains, given, scoped
from kingpost.kernel.scalars import Int64
from msgspec import Struct
from sqlalchemy import func, select

from .records import Comment, Status, Ticket, TicketId


class Held(Struct, frozen=True, kw_only=True):
    """What a subject holds."""

    text: str


class TicketLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ticket as the list shows it."""

    id: TicketId
    subject: str
    status: Status
    comments: Int64


ticket, comment, asked = scoped(Ticket), scoped(Comment), given(Held)

FOUND: Final = Query(
    "helpdesk.tickets.found",
    select(ticket.c.id, ticket.c.subject, ticket.c.status, func.count(comment.c.id).label("comments"))
    .outerjoin(comment, comment.c.ticket_id == ticket.c.id)
    .where(contains(ticket.c.subject, asked.text))
    .group_by(ticket.c.id, ticket.c.subject, ticket.c.status),
    returns=TicketLine,
    takes=Held,
    key=("id",),
)
