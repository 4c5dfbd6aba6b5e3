"""Publishing and delivering on memory: what is kept with its change, who is told and how often, and what a crash at any call leaves."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from kingpost.conformance.stepping.storage import SteppedStorage
from kingpost.kernel.component import Component
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.events import EventType, publish
from kingpost.kernel.outbox import COMPONENT as OUTBOX
from kingpost.kernel.outbox import LAST_ATTEMPT, LEASE_SECONDS, Desk, Event, Outcome, Receipt, deliver_due, desk_of
from kingpost.kernel.outbox.model import SUSPENDED_DELAY
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from tests.kernel.outbox.postroom import WRITTEN, Booking, Courier, Letter, Written, postroom
from tests.kernel.tenancy.acting import run
from tests.kernel.world import World


class Office(World):
    """A kernel with the post room and the outbox, one tenant, and a courier that the test disposes of."""

    def __init__(self, *, components: tuple[Component, ...] | None = None, **room: Any) -> None:
        self.courier = Courier()
        super().__init__((TENANCY, OUTBOX, postroom(self.courier, **room)) if components is None else components)
        self.desk = desk_of(self.kernel.services, api_version="2026-11-01")
        self.view, self.key = self.tenant("acme")

    def write(self, text: str = "hello") -> str:
        """A letter; its id."""
        return str(self.json("POST", "/letters", key=self.key, body={"text": text})["id"])

    def deliver(self, desk: Desk | None = None) -> Counter[Outcome]:
        """One round."""
        return drive(deliver_due(desk or self.desk))

    def rows(self, record: Any) -> list[dict[str, Any]]:
        """What is committed."""
        return list(self.storage.rows(record))

    def move(self, action: str) -> None:
        """Suspend, resume or close the tenant."""
        platform = self.platform_key()
        tag = self.ask("GET", f"/platform/tenants/{self.view['id']}", key=platform)
        etag = next(value.decode() for name, value in tag.headers if name == b"etag")
        more = {} if action == "resume" else {"body": {}}
        self.json("POST", f"/platform/tenants/{self.view['id']}/{action}", key=platform, headers=[("if-match", etag)], **more)


@pytest.fixture
def office() -> Office:
    """A fresh one."""
    return Office()


def test_an_event_is_kept_with_its_change(office: Office) -> None:
    """It is there with the letter's commit, waits for a worker, and holds nothing that can be read."""
    office.write("a secret word")
    (event,) = office.rows(Event)
    assert (event["type"], event["state"], event["attempts"], event["tenant_id"]) == (
        "post.letter.written",
        "waiting",
        0,
        office.view["id"],
    )
    assert "secret word" not in str(office.storage.snapshot()[Event])
    assert office.courier.carried == []


def test_an_event_goes_with_its_change(office: Office) -> None:
    """Where the unit is rolled back, no event is left."""
    office.storage.fail_next("commit", Unavailable())
    assert office.ask("POST", "/letters", key=office.key, body={"text": "x"}).status == 503
    assert (office.rows(Letter), office.rows(Event)) == ([], [])


def test_every_consumer_is_told_once(office: Office) -> None:
    """Each has the payload and the facts; what was delivered is not delivered again, and its payload is gone."""
    letter = office.write()
    assert office.deliver() == Counter(delivered=1)
    assert office.deliver() == Counter()
    ((text, facts),) = office.courier.carried
    (event,) = office.rows(Event)
    assert (text, facts.event_id, facts.tenant_id, facts.attempt) == ("hello", event["id"], office.view["id"], 1)
    assert [row["letter_id"] for row in office.rows(Booking)] == [letter]
    assert (event["state"], event["due_at"], event["payload"]) == ("delivered", None, "")
    assert {row["consumer"] for row in office.rows(Receipt)} == {"post.book", "post.carry"}


def test_a_handler_s_context_is_that_of_the_event_s_tenant(office: Office) -> None:
    """The system calls for the tenant, with its store and the id of the request that published; without a unit where none was asked for."""
    office.write()
    office.deliver()
    (context,) = office.courier.contexts
    assert (context.principal.id, context.principal.side, context.tenant_id) == ("system", "tenant", office.view["id"])
    assert context.tenant is not None
    assert (context.tenant.slug, context.unit, context.store.scope.tenant) == ("acme", None, office.view["id"])
    assert context.request_id == office.rows(Event)[0]["request_id"]


def test_a_consumer_that_fails_keeps_no_other_from_the_event_and_is_tried_again_alone(office: Office) -> None:
    """The other has had it and does not get it again; the failure is told in the row and in the log, without its message."""
    office.courier.accidents.append(Unavailable("the password is hunter2"))
    office.write()
    assert office.deliver() == Counter(postponed=1)
    (event,) = office.rows(Event)
    assert (event["state"], event["attempts"], event["failure"]) == ("waiting", 1, "post.carry: unavailable")
    assert len(office.rows(Booking)) == 1
    assert office.deliver() == Counter()
    office.clock.advance(2)
    assert office.deliver() == Counter(delivered=1)
    assert [facts.attempt for _, facts in office.courier.carried] == [2]
    assert len(office.rows(Booking)) == 1
    assert [line.name for line in office.log.lines if line.name.startswith("outbox")] == ["outbox.failed"]


def test_patience_ends_and_the_event_is_parked(office: Office) -> None:
    """After the last attempt nobody tries again, however long one waits, and the payload is kept."""
    office.write()
    for attempt in range(1, LAST_ATTEMPT + 1):
        office.courier.accidents.append(KeyError("bug"))
        assert office.deliver() == Counter({"parked" if attempt == LAST_ATTEMPT else "postponed": 1})
        office.clock.advance(3600)
    (event,) = office.rows(Event)
    assert (event["state"], event["attempts"], event["failure"]) == ("parked", LAST_ATTEMPT, "post.carry: KeyError")
    assert event["payload"]
    office.clock.advance(10**7)
    assert office.deliver() == Counter()


def test_a_suspended_tenant_s_events_wait_and_cost_no_attempt(office: Office) -> None:
    """Nobody is told until it is resumed; then it goes on where it was."""
    office.write()
    office.move("suspend")
    for _ in range(3):
        assert office.deliver() == Counter(postponed=1)
        office.clock.advance(SUSPENDED_DELAY)
    assert office.rows(Event)[0]["attempts"] == 0
    office.move("resume")
    assert office.deliver() == Counter(delivered=1)
    assert [facts.attempt for _, facts in office.courier.carried] == [1]


def test_a_closed_tenant_s_events_are_parked(office: Office) -> None:
    """Nobody is told of what a former customer did."""
    office.write()
    office.move("close")
    assert office.deliver() == Counter(parked=1)
    assert (office.rows(Event)[0]["failure"], office.courier.carried) == ("tenant-closed", [])


def test_an_event_of_another_release_waits_for_it(office: Office) -> None:
    """A worker that does not know the type leaves it for one that does, and others go on."""
    office.write()
    other = World((TENANCY, OUTBOX), office.storage)
    assert drive(deliver_due(desk_of(other.kernel.services, api_version="2026-11-01"))) == Counter(postponed=1)
    assert office.rows(Event)[0]["failure"] == "outbox: unknown-event"
    office.clock.advance(2)
    assert office.deliver() == Counter(delivered=1)


def test_a_payload_that_was_moved_or_changed_is_not_delivered(office: Office) -> None:
    """What was sealed for one row opens in no other."""
    office.write("one")
    office.write("two")
    snapshot = {record: dict(rows) for record, rows in office.storage.snapshot().items()}
    first, second = (row for row in snapshot[Event].values() if isinstance(row, Event))
    snapshot[Event][first.id] = structs.replace(first, payload=second.payload)
    office.storage.restore(snapshot)
    assert office.deliver() == Counter(postponed=1, delivered=1)
    assert [text for text, _ in office.courier.carried] == ["two"]
    assert office.storage.rows(Event)[0]["failure"] == "post.book: unsealable"


def test_a_worker_that_is_too_slow_gives_back_what_it_has_not_begun(office: Office) -> None:
    """The rest of what it claimed is due at once for others, without an attempt."""
    office.write("one")
    office.write("two")
    office.courier.during = lambda: office.clock.advance(LEASE_SECONDS * 0.7)
    assert office.deliver() == Counter(delivered=1, postponed=1)
    office.courier.during = lambda: None
    assert office.deliver() == Counter(delivered=1)
    assert [facts.attempt for _, facts in office.courier.carried] == [1, 1]


def test_a_worker_that_was_slower_than_its_claim_settles_nothing(office: Office) -> None:
    """Another one has the event meanwhile; what the slow one says of it is not written."""
    office.write()

    def too_long() -> None:
        office.courier.during = lambda: None
        office.clock.advance(LEASE_SECONDS + 1)
        assert office.deliver() == Counter(delivered=1)

    office.courier.during = too_long
    assert office.deliver() == Counter(lost=1)
    (event,) = office.rows(Event)
    assert (event["state"], event["attempts"]) == ("delivered", 2)
    assert len(office.rows(Booking)) == 1


def test_nobody_listening_means_nothing_kept() -> None:
    """An event without subscribers costs no row."""
    room = postroom(Courier())
    office = Office(components=(TENANCY, OUTBOX, structs.replace(room, subscriptions=())))
    office.write()
    assert office.rows(Event) == []


def test_publishing_says_what_it_needs(office: Office) -> None:
    """A unit of work, and a type that a component declares."""
    stranger = EventType(name="post.letter.burnt", payload=Written, meaning="Nobody knows it.")
    payload = Written(letter_id="ltr", text="x")
    with pytest.raises(ConfigurationError, match=r"publish\(post.letter.burnt\): no component declares this event type; add it"):
        run(office, publish, event=stranger, payload=payload)

    async def outside(context: Any) -> None:
        await publish(structs.replace(context, unit=None), WRITTEN, payload)

    with pytest.raises(ConfigurationError, match=r"publish\(post.letter.written\) outside a unit of work: publish where you write"):
        run(office, outside)


def test_a_delayed_event_is_delivered_when_its_time_has_come(office: Office) -> None:
    """Not before, and then at once."""
    run(
        office,
        publish,
        event=WRITTEN,
        payload=Written(letter_id=office.write(), text="later"),
        due_at=office.clock.now() + timedelta(hours=1),
    )
    office.deliver()
    office.clock.advance(3599)
    assert office.deliver() == Counter()
    office.clock.advance(1)
    office.deliver()
    assert [text for text, _ in office.courier.carried] == ["hello", "later"]


class Died(BaseException):
    """The process is gone."""


def _crash(office: Office, at: int) -> bool:
    """Deliver until the call number ``at`` and die there; whether there was such a call."""
    stepped = SteppedStorage(office.storage, office.clock)
    stepped.watched = True
    work = deliver_due(structs.replace(office.desk, storage=stepped))
    try:
        for _ in range(at):
            work.send(None)
        work.throw(Died())
        while True:  # what is left of it gives back what it holds; a database does that for a dead client
            work.send(None)
    except StopIteration:
        return False
    except Died:
        return True


@pytest.mark.parametrize("accident", [False, True], ids=["all goes well", "the courier fails first"])
def test_a_crash_at_any_call_leaves_what_the_next_worker_finishes(*, accident: bool) -> None:
    """Wherever a worker dies, after its claim every consumer has had the event: in the database exactly once, outside at least once."""
    at, died = 1, True
    while died:
        office = Office()
        office.write()
        office.courier.accidents += [Unavailable()] if accident else []
        died = _crash(office, at)
        for _ in range(3):
            office.clock.advance(LEASE_SECONDS + 1)
            office.deliver()
        (event,) = office.rows(Event)
        assert event["state"] == "delivered", f"died at call {at}"
        assert len(office.rows(Booking)) == 1, f"died at call {at}"
        assert 1 <= len(office.courier.carried) <= 2, f"died at call {at}"
        assert len({facts.event_id for _, facts in office.courier.carried}) == 1
        at += 1
    assert at > 15, "the calls of a delivery are fewer than thought: is it still stepped?"


def test_every_event_is_told_to_the_right_tenant(office: Office) -> None:
    """Two tenants' events in one round: each effect is the own tenant's."""
    other_view, other_key = office.tenant("other")
    office.write("mine")
    office.json("POST", "/letters", key=other_key, body={"text": "theirs"})
    assert office.deliver() == Counter(delivered=2)
    assert {(text, facts.tenant_id) for text, facts in office.courier.carried} == {
        ("mine", office.view["id"]),
        ("theirs", other_view["id"]),
    }
    assert Counter(row["tenant_id"] for row in office.rows(Booking)) == Counter({office.view["id"]: 1, other_view["id"]: 1})
