"""What can be done with tickets: load, decide, write."""

import msgspec
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.outbound import HttpRequest, Target
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import Page, Value, equal

from .model import AnnounceTicket, MoveTicket, OpenTicket, TicketPath, TicketQuery, WriteComment, moved
from .queries import FOUND, TicketLine
from .records import Comment, Ticket

JSON = (("content-type", "application/json"),)
LISTENER = Target(name="listener", seconds=3.0)


async def open_ticket(context: Context, *, body: OpenTicket) -> Ticket:
    """Add a ticket."""
    ticket = Ticket(
        id=context.new_id("tic"),
        tenant_id=context.tenant_id,
        subject=body.subject,
        requester=body.requester,
        status="open",
        updated_at=context.now(),
    )
    await context.store.insert(ticket)
    return ticket


async def list_tickets(context: Context, *, query: TicketQuery, after: tuple[Value, ...] | None) -> Page[TicketLine]:
    """Tickets whose subject holds the text, the oldest first, each with the number of its comments."""
    return await context.store.ask(FOUND(text=query.text), after=after, limit=query.limit)


async def read_ticket(context: Context, *, path: TicketPath) -> Ticket:
    """One ticket. ``NotFound``."""
    ticket = await context.store.get(Ticket, path.ticket_id)
    if ticket is None:
        raise NotFound
    return ticket


async def move_ticket(context: Context, *, path: TicketPath, body: MoveTicket, if_match: IfMatch) -> Ticket:
    """Let it go where the body says. ``NotFound``, ``StaleVersion``, ``MoveRefused``."""
    ticket = await read_ticket(context, path=path)
    if_match.require(ticket)
    return await context.store.replace(moved(ticket, body.status, now=context.now()), expected=ticket.version)


async def announce_ticket(context: Context, *, path: TicketPath, body: AnnounceTicket) -> None:
    """Tell a listener of the tenant how the ticket stands. ``NotFound``, and what ``context.send`` says."""
    ticket = await read_ticket(context, path=path)
    told = msgspec.json.encode({"id": ticket.id, "status": ticket.status})
    await context.send(HttpRequest(target=LISTENER, method="POST", url=body.url, headers=JSON, body=told))


async def write_comment(context: Context, *, path: TicketPath, body: WriteComment) -> Comment:
    """Add a comment. ``NotFound``."""
    ticket = await read_ticket(context, path=path)
    author = context.principal.id
    comment = Comment(
        id=context.new_id("com"), tenant_id=context.tenant_id, ticket_id=ticket.id, author=author, text=body.text, written_at=context.now()
    )
    await context.store.insert(comment)
    return comment


async def list_comments(context: Context, *, path: TicketPath, query: PageQuery, after: tuple[Value, ...] | None) -> Page[Comment]:
    """The comments on a ticket, the oldest first. ``NotFound``."""
    ticket = await read_ticket(context, path=path)
    where = (equal("ticket_id", ticket.id),)
    return await context.store.find(Comment, where=where, order=("id",), after=after, limit=query.limit)
