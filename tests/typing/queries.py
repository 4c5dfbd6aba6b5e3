"""What the checkers must know of named queries and of calls to other services. It is read by mypy and pyright and never run."""

from typing import assert_type

from examples.helpdesk.queries import FOUND, TicketLine
from kingpost.adapters.sql.queries import Asked
from kingpost.kernel.context import Context
from kingpost.kernel.outbound import HttpReply, HttpRequest, Target
from kingpost.kernel.store import Page


async def right(context: Context, request: HttpRequest) -> None:
    """A query knows what it takes and what its rows are; a reply is decoded into the type that is named."""
    assert_type(FOUND(text="light"), Asked[TicketLine])
    page = await context.store.ask(FOUND(text="light"), limit=10)
    assert_type(page, Page[TicketLine])
    assert_type(page.items[0].comments, int)
    reply = await context.send(request)
    assert_type(reply, HttpReply)
    assert_type(reply.decode(TicketLine), TicketLine)


async def wrong(context: Context) -> None:
    """What is wrong is an error."""
    FOUND()  # type: ignore[call-arg]
    FOUND(text=1)  # type: ignore[arg-type]
    FOUND(text="light", colour="red")  # type: ignore[call-arg]
    await context.store.ask("light", limit=10)  # type: ignore[arg-type]
    await context.send("https://listener.example/")  # type: ignore[arg-type]
    HttpRequest(target=Target(name="listener"), method="FETCH", url="https://listener.example/")  # type: ignore[arg-type]
