"""The decisions of the help desk, and what its use cases are asked. It awaits nothing."""

from datetime import datetime
from typing import Annotated, Final

from kingpost.kernel.errors import Conflict
from kingpost.kernel.operations import PageQuery
from msgspec import Meta, Struct, structs

from .records import Status, Ticket, TicketId


class OpenTicket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new ticket is made from."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)]
    requester: Annotated[str, Meta(pattern=r"^[^@ ]+@[^@ ]+$", max_length=254)]


class MoveTicket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a ticket goes."""

    status: Status


class AnnounceTicket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told of it."""

    url: Annotated[str, Meta(max_length=2000)]


class WriteComment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a comment is made from."""

    text: Annotated[str, Meta(min_length=1, max_length=5000)]


class TicketPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ticket."""

    ticket_id: TicketId


class TicketQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tickets: those whose subject holds the text."""

    text: Annotated[str, Meta(max_length=200)] = ""


class MoveRefused(Conflict):
    """A ticket does not go there from where it is."""

    code, title = "ticket-move-refused", "The ticket cannot go there from where it is."


MOVES: Final[dict[Status, tuple[Status, ...]]] = {
    "open": ("waiting", "solved"),
    "waiting": ("open", "solved"),
    "solved": ("open", "closed"),
    "closed": (),
}


def moved(ticket: Ticket, status: Status, *, now: datetime) -> Ticket:
    """The ticket where it goes. ``MoveRefused``, with where it could go instead."""
    if status not in MOVES[ticket.status]:
        raise MoveRefused(params={"status": ticket.status, "possible": MOVES[ticket.status]})
    return structs.replace(ticket, status=status, updated_at=now)
