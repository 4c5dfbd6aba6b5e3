"""What components may declare of events: names, owners, consumers, and what assembly says where it does not fit together."""

from typing import Any

import pytest
from msgspec import structs

from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.events import EventType, Subscription
from kingpost.kernel.outbox import COMPONENT as OUTBOX
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from tests.kernel.outbox.postroom import WRITTEN, Courier, Written, book, postroom
from tests.kernel.world import World

ROOM = postroom(Courier())


def renamed(**changes: Any) -> Any:
    """The event of the post room with other facts."""
    return structs.replace(WRITTEN, **changes)


def listening(**changes: Any) -> Any:
    """A subscription of the post room with other facts."""
    return structs.replace(Subscription(event=WRITTEN, consumer="post.book", handler=book), **changes)


TWIN = EventType(name="post.letter.written", payload=Written, meaning="Another of the same name.")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"events": (renamed(name="letter.written"),), "subscriptions": ()},
            "event 'letter.written' of component 'post' must look like post.noun.verb",
        ),
        ({"events": (renamed(name="post.Letter"),), "subscriptions": ()}, "event 'post.Letter' of component 'post' must look like"),
        ({"events": (renamed(name="post." + "x" * 100),), "subscriptions": ()}, "with at most 100 characters"),
        ({"events": (WRITTEN, TWIN), "subscriptions": ()}, "event 'post.letter.written' is declared twice; declare it in one component"),
        ({"subscriptions": (listening(consumer="mail.book"),)}, "consumer 'mail.book' of component 'post' must look like post.noun.verb"),
        ({"subscriptions": (listening(), listening())}, "consumer 'post.book' is named twice; a consumer has one subscription"),
        (
            {"events": ()},
            "consumer 'post.book' of component 'post' subscribes to 'post.letter.written', which no component here declares; add",
        ),
        ({"subscriptions": (listening(event=TWIN),)}, "subscribes to 'post.letter.written', which no component here declares"),
    ],
)
def test_what_does_not_fit_together_is_refused_at_assembly(changes: dict[str, Any], complaint: str) -> None:
    """Each with the component, the name and the mend."""
    with pytest.raises(ConfigurationError) as refused:
        World((TENANCY, OUTBOX, structs.replace(ROOM, **changes)))
    assert complaint in str(refused.value)


@pytest.mark.parametrize("changes", [{"subscriptions": ()}, {"events": ()}, {}], ids=["only events", "only subscriptions", "both"])
def test_events_need_the_outbox(changes: dict[str, Any]) -> None:
    """Without it nobody would keep them; the message says what to add."""
    room: Component = structs.replace(ROOM, requires=("tenancy",), **changes)
    with pytest.raises(ConfigurationError, match=r"component 'post' has events, and nothing keeps them; add 'outbox' to COMPONENTS"):
        World((TENANCY, room))


def test_the_order_of_components_makes_no_difference() -> None:
    """The outbox may stand behind those who publish and before those who keep tenants."""
    for order in ((ROOM, OUTBOX, TENANCY), (OUTBOX, TENANCY, ROOM)):
        assert World(order).kernel.registry.by_id["post.letters.write"].path == "/letters"


def test_the_graph_shows_events_and_who_listens() -> None:
    """One line each, with the meaning and the handler."""
    lines = list(World((TENANCY, OUTBOX, ROOM)).kernel.graph())
    assert "  event      post.letter.written: A letter was written." in lines
    assert "  consumer   post.book <- post.letter.written -> tests.kernel.outbox.postroom.book" in lines
