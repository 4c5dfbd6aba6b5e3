"""What the help desk promises, tried over memory."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from kingpost.testing import ComponentLaws, Workbench

from examples.helpdesk import COMPONENT, Ticket
from examples.helpdesk.model import MoveRefused, MoveTicket, OpenTicket, TicketPath, moved
from examples.helpdesk.usecases import move_ticket, open_ticket

NO_LIGHT = OpenTicket(subject="No light", requester="mary@example.com")


class TestLaws(ComponentLaws):
    """What every component keeps."""

    component = COMPONENT


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench with the help desk on it."""
    with Workbench(COMPONENT) as bench:
        yield bench


def test_a_closed_ticket_stays_closed() -> None:
    """The decision needs no kernel and no fake."""
    ticket = Ticket(
        id="tic",
        tenant_id="ten",
        subject="No light",
        requester="mary@example.com",
        status="closed",
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(MoveRefused) as refused:
        moved(ticket, "open", now=ticket.updated_at)
    assert refused.value.params["possible"] == ()


def test_of_two_who_solve_a_ticket_at_once_one_is_told(bench: Workbench) -> None:
    """In every order of their steps."""
    acme = bench.tenant("acme")
    ticket = bench.run(open_ticket, as_=acme, body=NO_LIGHT)
    asked = {"path": TicketPath(ticket_id=ticket.id), "body": MoveTicket(status="solved"), "if_match": ticket}
    bench.every_interleaving(*(bench.prepare(move_ticket, as_=acme, **asked) for _ in range(2)))


def test_a_listener_is_told_how_the_ticket_stands(bench: Workbench) -> None:
    """And is called by its URL."""
    acme = bench.client(as_=bench.tenant("acme"))
    where = acme.post("/tickets", {"subject": "No light", "requester": "mary@example.com"}).expect(201).location
    acme.post(f"{where}/announcements", {"url": "https://listener.example/"}).expect(204)
    assert [json.loads(sent.request.body)["status"] for sent in bench.http.sent] == ["open"]
