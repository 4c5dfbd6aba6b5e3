"""Keeping events with the changes they tell of, and delivering them afterwards: claim, hand to each consumer, settle."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import msgspec
import svcs
from msgspec import Struct

from kingpost.kernel.context import Context, Principal, TenantState
from kingpost.kernel.errors import ConfigurationError, Conflict, KernelError, NotFound, StaleVersion
from kingpost.kernel.events import Delivery, Events, EventType, Subscription
from kingpost.kernel.store import PLATFORM, Scope, Session, UnitOfWork, equal
from kingpost.kernel.system import Field, Sealer

from .model import BATCH, LEASE_SECONDS, SUSPENDED_DELAY, Failure, Outcome, binding, delivered, failed, given_back, parked
from .ports import Desk
from .records import Event, Receipt

P = TypeVar("P", bound=Struct)

_LONGEST_TURN = LEASE_SECONDS * 2 / 3
"""Seconds after which a worker begins nothing more of what it has claimed, so that it is settled before the claim ends."""


class Outbox:
    """The port Publisher: events as rows of the unit of work that publishes them."""

    def __init__(self, *, sealer: Sealer, events: Events) -> None:
        """``events`` are those of all components."""
        self._sealer = sealer
        self._events = events

    async def publish(self, context: Context, event: EventType[P], payload: P, *, due_at: datetime | None) -> str:
        """Keep it, if somebody listens; its id."""
        if context.unit is None:
            message = f"publish({event.name}) outside a unit of work: publish where you write what the event tells of, in an operation with a unit"
            raise ConfigurationError(message)
        if self._events.types.get(event.name) is not event:
            message = f"publish({event.name}): no component declares this event type; add it to the 'events' of the component"
            raise ConfigurationError(message)
        id_, tenant, now = context.new_id("evt"), context.scope.tenant, context.now()
        if self._events.listening(event.name):
            sealed = self._sealer.seal(msgspec.json.encode(payload), binding=binding(id_, tenant, event.name))
            row = Event(
                id=id_,
                tenant_id=tenant,
                type=event.name,
                payload=sealed,
                request_id=context.request_id,
                state="waiting",
                due_at=due_at or now,
                published_at=now,
            )
            await context.session.store(PLATFORM).insert(row)
        return id_


async def deliver_due(desk: Desk, *, limit: int = BATCH) -> Counter[Outcome]:
    """Claim at most ``limit`` events that are due and give them to who listens; how many ended in which way, and none where none was due.

    Safe to run anywhere, any number of times at once: an event goes to one worker, and after a crash to the next once the claim has ended.
    """
    outcomes: Counter[Outcome] = Counter()
    started = desk.system.clock.monotonic()
    session = desk.storage.session()
    try:
        for event in await _claimed(session, limit):
            in_time = desk.system.clock.monotonic() - started < _LONGEST_TURN
            outcomes[await (_deliver(desk, session, event, started) if in_time else _give_back(session, event))] += 1
    finally:
        await session.close()
    return outcomes


async def _claimed(session: Session, limit: int) -> tuple[Event, ...]:
    async with session.unit(PLATFORM) as unit:
        taken = await session.store(PLATFORM).claim(Event, seconds=LEASE_SECONDS, limit=limit)
        await unit.commit()
    return taken


async def _deliver(desk: Desk, session: Session, event: Event, started: float) -> Outcome:
    """One attempt at one event."""
    state = None if event.tenant_id is None else await desk.directory.by_id(session=session, id=event.tenant_id)
    if event.tenant_id is not None and (state is None or state.status == "closed"):
        return await _settle(session, parked(event, "tenant-closed", now=desk.system.clock.now()), event)
    if state is not None and state.status == "suspended":
        return await _give_back(session, event, later=SUSPENDED_DELAY)
    failure = await _Attempt(desk, session, event, state, started).made()
    now = desk.system.clock.now()
    if failure is None:
        return await _settle(session, delivered(event, now=now), event)
    chance = int.from_bytes(desk.system.entropy.draw("request-ids", 2), "big") / 65_535
    return await _settle(session, failed(event, failure, claimed_at=_claimed_at(event), now=now, chance=chance), event)


class _Attempt:
    """One event on its way to its consumers."""

    def __init__(self, desk: Desk, session: Session, event: Event, tenant: TenantState | None, started: float) -> None:
        self._desk = desk
        self._session = session
        self._event = event
        self._tenant = tenant
        self._deadline = started + _LONGEST_TURN

    async def made(self) -> Failure | None:
        """Give it to each consumer that has not had it; the first failure, after all have been tried."""
        event, failure = self._event, None
        if event.type not in self._desk.events.types:
            return Failure(consumer="outbox", reason="unknown-event")
        for each in self._desk.events.listening(event.type):
            try:
                await self._hand_over(each)
            except Exception as error:  # noqa: BLE001  (a handler fails in a way of its own, and keeps no other consumer from the event)
                reason = error.code if isinstance(error, KernelError) else type(error).__name__
                failure = failure or Failure(consumer=each.consumer, reason=reason)
                told: dict[str, Field] = {
                    "event": event.id,
                    "type": event.type,
                    "consumer": each.consumer,
                    "attempt": event.attempts,
                    "tenant": event.tenant_id,
                }
                self._desk.system.log.failure("outbox.failed", error, told)
        return failure

    async def _hand_over(self, each: Subscription[Any]) -> None:
        event, desk, platform = self._event, self._desk, self._session.store(PLATFORM)
        had = await platform.find(Receipt, where=(equal("event_id", event.id), equal("consumer", each.consumer)), limit=1)
        if had.items:
            return
        plain = desk.sealer.open(event.payload, binding=binding(event.id, event.tenant_id, event.type))
        payload = msgspec.json.decode(plain, type=each.event.payload)
        facts = Delivery(event_id=event.id, tenant_id=event.tenant_id, attempt=event.attempts, published_at=event.published_at)
        receipt = Receipt(id=desk.system.new_id("rcp"), event_id=event.id, consumer=each.consumer, had_at=desk.system.clock.now())
        with svcs.Container(desk.services) as services:
            if not each.unit:
                await each.handler(self._context(services, None), payload, facts)
                await self._remember(receipt)
                return
            async with self._session.unit(Scope(event.tenant_id)) as unit:
                await platform.insert(receipt)  # first: another worker with the event waits here, and then is refused
                await each.handler(self._context(services, unit), payload, facts)
                await unit.commit()

    async def _remember(self, receipt: Receipt) -> None:
        try:
            await self._session.store(PLATFORM).insert(receipt)
        except Conflict:  # a worker slower than its claim has handed it over too: that is what "at least once" means
            return

    def _context(self, services: svcs.Container, unit: UnitOfWork | None) -> Context:
        """The system itself calls, for the event's tenant, until the claim is about to end."""
        event, scope = self._event, Scope(self._event.tenant_id)
        side: Literal["platform", "tenant"] = "platform" if event.tenant_id is None else "tenant"
        return Context(
            request_id=event.request_id,
            principal=Principal(id="system", side=side, tenant_id=event.tenant_id, permissions=None),
            tenant=self._tenant,
            scope=scope,
            deadline=self._deadline,
            api_version=self._desk.api_version,
            session=self._session,
            store=self._session.store(scope),
            unit=unit,
            system=self._desk.system,
            container=lambda: services,
        )


async def _settle(session: Session, after: Event, claimed: Event) -> Outcome:
    """Write what became of it, unless the claim has ended meanwhile and another worker has it."""
    try:
        await session.store(PLATFORM).replace(after, expected=claimed.version)
    except (StaleVersion, NotFound):
        return "lost"
    return "postponed" if after.state == "waiting" else after.state


async def _give_back(session: Session, event: Event, *, later: float = 0.0) -> Outcome:
    return await _settle(session, given_back(event, due_at=_claimed_at(event) + timedelta(seconds=later)), event)


def _claimed_at(event: Event) -> datetime:
    """When the event was claimed, by the database's clock: the claim has set its end."""
    assert event.due_at is not None, "a claim sets the instant at which it ends"
    return event.due_at - timedelta(seconds=LEASE_SECONDS)
