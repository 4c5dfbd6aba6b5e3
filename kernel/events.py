"""Events: what a component tells others once its changes are durable. It knows types and who listens; how they are kept and delivered is the outbox's.

A component declares an ``EventType``, says ``await publish(context, PLACED, Placed(...))`` in the unit of work that changes its rows, and any component
subscribes. Delivery is at least once; what a subscriber writes in its unit of work happens once.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError

P = TypeVar("P", bound=Struct)

LONGEST_NAME: Final = 100
"""Characters of an event's or a consumer's name."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class EventType(Struct, Generic[P], frozen=True, kw_only=True):
    """One kind of event."""

    name: str
    """``<component>.<noun>.<what happened>``: ``storefront.order.placed``."""
    payload: type[P]
    """A frozen Struct. What is kept of older releases must still decode: add fields with defaults only."""
    meaning: str
    """One sentence for whoever subscribes."""


class Delivery(Struct, frozen=True, kw_only=True):
    """Facts of one event beside its payload."""

    event_id: str
    """The same at each attempt: what an outside system is given as an idempotency key."""
    tenant_id: str | None
    """None for an event of the platform."""
    attempt: int
    """1 for the first."""
    published_at: datetime


Handler: TypeAlias = Callable[[Context, P, Delivery], Awaitable[None]]
"""Whatever it raises is told in the log and tried again later, with growing delays."""


class Subscription(Struct, Generic[P], frozen=True, kw_only=True):
    """Who is told of an event."""

    event: EventType[P]
    consumer: str
    """``<component>.<what it does>``: ``mail.send``. It names the consumer for good: what it has had it does not get again under this name."""
    handler: Handler[P]
    unit: bool = True
    """Run in one unit of work, which also remembers that the event was had: its effect happens once. Without, for effects outside the
    database, ``context.unit`` is None, and after a crash the handler may be given the event again.
    """


class Publisher(Protocol):
    """Keeps events until they are delivered. The component ``outbox`` supplies it."""

    async def publish(self, context: Context, event: EventType[P], payload: P, *, due_at: datetime | None) -> str:
        """The id of the event, which becomes visible with the commit of the context's unit of work, or never.

        ``ConfigurationError`` outside a unit, and for a type that no component declares. Nobody subscribed: nothing is kept.
        """
        ...


async def publish(context: Context, event: EventType[P], payload: P, *, due_at: datetime | None = None) -> str:
    """Tell an event, together with what the unit of work writes; its id. ``due_at`` delays the delivery."""
    publisher: Publisher = context.container().get_abstract(Publisher)
    return await publisher.publish(context, event, payload, due_at=due_at)


class Events:
    """The event types of all components and who listens to each; checked when it is made."""

    def __init__(self, types: Iterable[tuple[str, EventType[Any]]], subscriptions: Iterable[tuple[str, Subscription[Any]]]) -> None:
        """Both with the component that declares them. ``ConfigurationError`` says what contradicts what, and the mend."""
        self.types: dict[str, EventType[Any]] = {}
        self._listening: dict[str, tuple[Subscription[Any], ...]] = {}
        for component, event in types:
            _check_name(component, "event", event.name)
            if event.name in self.types:
                raise ConfigurationError(f"event {event.name!r} is declared twice; declare it in one component and import it elsewhere")
            self.types[event.name] = event
        consumers: set[str] = set()
        for component, each in subscriptions:
            _check_name(component, "consumer", each.consumer)
            if self.types.get(each.event.name) is not each.event:
                raise ConfigurationError(
                    f"consumer {each.consumer!r} of component {component!r} subscribes to {each.event.name!r}, which no component here declares; "
                    "add the component that does, or its EventType to 'events'"
                )
            if each.consumer in consumers:
                raise ConfigurationError(f"consumer {each.consumer!r} is named twice; a consumer has one subscription")
            consumers.add(each.consumer)
            self._listening[each.event.name] = (*self._listening.get(each.event.name, ()), each)

    def listening(self, name: str) -> tuple[Subscription[Any], ...]:
        """The subscriptions to the event, in the order of their declaration."""
        return self._listening.get(name, ())

    @property
    def consumers(self) -> Mapping[str, tuple[Subscription[Any], ...]]:
        """Event name -> who listens."""
        return self._listening


def _check_name(component: str, kind: str, name: str) -> None:
    if not _NAME.fullmatch(name) or not name.startswith(f"{component}.") or len(name) > LONGEST_NAME:
        raise ConfigurationError(
            f"{kind} {name!r} of component {component!r} must look like {component}.noun.verb, with at most {LONGEST_NAME} characters"
        )
