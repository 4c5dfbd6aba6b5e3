"""The outbox: events that are published with a change and delivered after its commit, at least once, to whoever subscribes."""

from svcs import Container

from kingpost.kernel.component import Component, Service
from kingpost.kernel.events import Events, Publisher
from kingpost.kernel.system import Sealer

from .model import BATCH, LAST_ATTEMPT, LEASE_SECONDS, Outcome
from .ports import Desk, desk_of
from .records import Event, EventId, Receipt
from .usecases import Outbox, deliver_due


def _outbox(services: Container) -> Outbox:
    return Outbox(sealer=services.get_abstract(Sealer), events=services.get(Events))


COMPONENT = Component(
    name="outbox",
    package="kingpost.kernel.outbox",
    records=(Event, Receipt),
    services=(Service(port=Publisher, make=_outbox),),
    requires=("tenancy",),
)

__all__ = (
    "BATCH",
    "COMPONENT",
    "LAST_ATTEMPT",
    "LEASE_SECONDS",
    "Desk",
    "Event",
    "EventId",
    "Outbox",
    "Outcome",
    "Receipt",
    "deliver_due",
    "desk_of",
)
