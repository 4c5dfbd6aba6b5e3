"""What the help desk offers over HTTP."""

from typing import Final

from kingpost.kernel.errors import NotFound, StaleVersion
from kingpost.kernel.operations import Example, Operation, PageQuery
from kingpost.kernel.scalars import Timestamp, format_timestamp
from msgspec import Struct

from .model import AnnounceTicket, MoveRefused, MoveTicket, OpenTicket, TicketPath, TicketQuery, WriteComment
from .queries import TicketLine
from .records import Comment, CommentId, Status, Ticket, TicketId
from .usecases import announce_ticket, list_comments, list_tickets, move_ticket, open_ticket, read_ticket, write_comment

READ: Final = "helpdesk.tickets:read"
WRITE: Final = "helpdesk.tickets:write"

_PATH: Final = "/tickets/{ticket_id}"
_LINE: Final = {"id": "tic_01h455vb4pex5vsknk084sn02q", "subject": "No light", "status": "open"}
_TICKET: Final = {**_LINE, "requester": "mary@example.com"}
_SAID: Final = {"author": "key_01h455", "text": "Still dark.", "written_at": "2026-11-01T09:30:00.000000Z"}
_COMMENT: Final = {"id": "com_01h455vb4pex5vsknk084sn02q", **_SAID}


class TicketView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ticket on the wire."""

    id: TicketId
    subject: str
    requester: str
    status: Status


class CommentView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment on the wire."""

    id: CommentId
    author: str
    text: str
    written_at: Timestamp


def ticket_view(ticket: Ticket) -> TicketView:
    """The ticket on the wire."""
    return TicketView(id=ticket.id, subject=ticket.subject, requester=ticket.requester, status=ticket.status)


def location(ticket: Ticket) -> str:
    """Where it can be read."""
    return f"/tickets/{ticket.id}"


def comment_view(comment: Comment) -> CommentView:
    """The comment on the wire."""
    return CommentView(id=comment.id, author=comment.author, text=comment.text, written_at=format_timestamp(comment.written_at))


OPERATIONS: Final = (
    Operation(
        id="helpdesk.tickets.open",
        method="POST",
        path="/tickets",
        summary="Open a ticket",
        use_case=open_ticket,
        permission=WRITE,
        body=OpenTicket,
        returns=TicketView,
        view=ticket_view,
        location=location,
        status=201,
        examples=(Example(summary="No light", body={"subject": "No light", "requester": "mary@example.com"}, result=_TICKET),),
    ),
    Operation(
        id="helpdesk.tickets.list",
        method="GET",
        path="/tickets",
        summary="Search tickets",
        use_case=list_tickets,
        permission=READ,
        query=TicketQuery,
        returns=TicketLine,
        examples=(Example(summary="With two comments", result={**_LINE, "comments": 2}),),
    ),
    Operation(
        id="helpdesk.tickets.read",
        method="GET",
        path=_PATH,
        summary="Read a ticket",
        use_case=read_ticket,
        permission=READ,
        path_parameters=TicketPath,
        returns=TicketView,
        view=ticket_view,
        errors=(NotFound,),
        examples=(Example(summary="No light", result=_TICKET),),
    ),
    Operation(
        id="helpdesk.tickets.move",
        method="PATCH",
        path=_PATH,
        summary="Move a ticket",
        use_case=move_ticket,
        permission=WRITE,
        path_parameters=TicketPath,
        body=MoveTicket,
        returns=TicketView,
        view=ticket_view,
        if_match=True,
        errors=(NotFound, StaleVersion, MoveRefused),
        examples=(Example(summary="Solved", body={"status": "solved"}, result={**_TICKET, "status": "solved"}),),
    ),
    Operation(
        id="helpdesk.tickets.announce",
        method="POST",
        path=f"{_PATH}/announcements",
        summary="Tell a listener how a ticket stands",
        use_case=announce_ticket,
        permission=WRITE,
        path_parameters=TicketPath,
        body=AnnounceTicket,
        status=204,
        errors=(NotFound,),
        unit=False,
        examples=(Example(summary="To a listener", body={"url": "https://listener.example/tickets"}),),
    ),
    Operation(
        id="helpdesk.comments.write",
        method="POST",
        path=f"{_PATH}/comments",
        summary="Comment on a ticket",
        use_case=write_comment,
        permission=WRITE,
        path_parameters=TicketPath,
        body=WriteComment,
        returns=CommentView,
        view=comment_view,
        status=201,
        errors=(NotFound,),
        examples=(Example(summary="Still dark", body={"text": "Still dark."}, result=_COMMENT),),
    ),
    Operation(
        id="helpdesk.comments.list",
        method="GET",
        path=f"{_PATH}/comments",
        summary="List the comments on a ticket",
        use_case=list_comments,
        permission=READ,
        path_parameters=TicketPath,
        query=PageQuery,
        returns=CommentView,
        view=comment_view,
        errors=(NotFound,),
        examples=(Example(summary="Still dark", result=_COMMENT),),
    ),
)
