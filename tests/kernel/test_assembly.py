"""Assembly: what contradicts itself never becomes a kernel, and the object graph can be read."""

from typing import Any, Protocol

import pytest
from msgspec import structs
from svcs import Container

from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.laws.specimens import Guest
from kingpost.kernel.component import Component, Permission, Resources, Service
from kingpost.kernel.errors import ConfigurationError, Conflict
from kingpost.kernel.policy import Cors
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import System
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from tests.kernel.workshop import OPERATIONS, READ, WRITE, Accident, Tool, workshop
from tests.kernel.world import World, code

WORKSHOP = workshop(Accident())


class Tools:
    """A query in no language, over tools and perhaps over more."""

    platform = False

    def __init__(self, name: str, *records: type[Record], wrong: str | None = None) -> None:
        self.name = name
        self.records = records
        self._wrong = wrong

    def verify(self) -> None:
        """As it was told to."""
        if self._wrong is not None:
            raise ConfigurationError(self._wrong)


def asking(*queries: Tools) -> tuple[Component, ...]:
    """Components of which one asks these."""
    return (TENANCY, structs.replace(WORKSHOP, queries=queries))


class SameCode(Conflict):
    """A condition of somebody else with a code that is taken."""

    code, title = "slug-taken", "Something else is taken."


@pytest.mark.parametrize(
    ("components", "problem"),
    [
        ((TENANCY, TENANCY), "component 'tenancy' is named twice; name it once"),
        ((WORKSHOP,), r"component 'workshop' requires 'tenancy'; add it to COMPONENTS \(inside Django: to INSTALLED_APPS\)"),
        (
            (TENANCY, structs.replace(WORKSHOP, name="shed")),
            "record Tool says component='workshop' and is brought by 'shed'; make them equal",
        ),
        (
            (TENANCY, structs.replace(WORKSHOP, name="shed", records=())),
            "operation 'workshop.tools.create' of component 'shed' must have an id",
        ),
        (
            (TENANCY, structs.replace(WORKSHOP, permissions=(Permission(READ, "x"),))),
            f"asks for permission '{WRITE}', which no component declares",
        ),
        ((TENANCY, structs.replace(WORKSHOP, operations=(OPERATIONS[0], OPERATIONS[0]))), "the id is taken by another operation"),
        (
            (TENANCY, structs.replace(WORKSHOP, operations=(structs.replace(OPERATIONS[0], errors=(SameCode,)),))),
            "the conditions SlugTaken and SameCode have the same code 'slug-taken'",
        ),
        (
            asking(Tools("shed.tools.sharp", Tool)),
            "query 'shed.tools.sharp' of component 'workshop' must have a name that starts with 'workshop.'",
        ),
        (asking(*[Tools("workshop.tools.sharp", Tool)] * 2), "query 'workshop.tools.sharp' is there twice"),
        (asking(Tools("workshop.tools.sharp", Tool, Guest)), "reads records of 'laws'; add 'laws' to 'requires' of component 'workshop'"),
        (asking(Tools("workshop.tools.sharp", Tool, wrong="a table with every tenant's rows")), "a table with every tenant's rows"),
    ],
)
def test_components_that_contradict_each_other_are_refused(components: tuple[Component, ...], problem: str) -> None:
    """The message names who and what, and how to mend it."""
    with pytest.raises(ConfigurationError, match=problem):
        World(components=components, storage=MemoryStorage(records=()))


def test_a_record_with_wrong_facts_is_refused() -> None:
    """The facts of every record are checked at assembly."""

    class Bent(Tool, frozen=True, kw_only=True):
        """A tool whose facts name a field that is not there."""

        facts = structs.replace(Tool.facts, name="bent", personal=("smell",))

    with pytest.raises(ConfigurationError, match="mention 'smell'"):
        World(components=(TENANCY, structs.replace(WORKSHOP, records=(Bent,))), storage=MemoryStorage(records=()))


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ({"hosts": ()}, "HOSTS is empty"),
        ({"secrets": ("short",)}, "KINGPOST_SECRET needs at least one secret"),
        ({"cors": Cors(origins=("*",), credentials=True)}, r"CORS_CREDENTIALS cannot go with CORS_ORIGINS=\*"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(policy: dict[str, Any], problem: str) -> None:
    """Numbers and names that would be unsafe or useless are told at once."""
    with pytest.raises(ConfigurationError, match=problem):
        World(**policy)


def test_a_kernel_without_components_still_serves() -> None:
    """No component, no credential: probes and documents answer, everything else is unknown."""
    world = World(components=())
    assert world.ask("GET", "/livez").status == 200
    assert world.json("GET", "/openapi.json")["tags"] == []
    assert code(world.ask("GET", "/tenant")) == (404, "not-found")
    assert code(world.ask("GET", "/livez/", host="other.test")) == (400, "unknown-host")


def test_without_an_authenticator_nobody_is_anybody() -> None:
    """A kernel whose components supply no authenticator refuses every credential."""
    alone = structs.replace(WORKSHOP, requires=())
    world = World(components=(alone,))
    assert code(world.ask("GET", "/tools", key="anything")) == (401, "unauthenticated")
    assert world.ask("GET", "/greeting").status == 200


class Lamp(Protocol):
    """A port of a component's own."""

    def shine(self) -> str:
        """Shine."""
        ...


class Torch:
    """A lamp that says what it was made from."""

    def __init__(self, container: Container) -> None:
        self.resources = container.get(Resources)
        self.system = container.get(System)
        self.storage = container.get(Storage)

    def shine(self) -> str:
        """Shine."""
        return "light"


def test_services_are_made_once_from_what_came_before() -> None:
    """A component's service gets resources, the ports and what was named before it; the kernel makes it once."""
    made: list[Torch] = []

    def make(container: Container) -> Torch:
        made.append(Torch(container))
        return made[-1]

    desk = Component(name="desk", package="tests.kernel.test_assembly", services=(Service(Lamp, make),))
    world = World(components=(TENANCY, desk), cache_seconds=3.0)
    world.ask("GET", "/livez")
    (torch,) = made
    assert torch.resources.cache_seconds == 3.0
    assert (torch.system, torch.storage) == (world.system, world.storage)


class Shade:
    """A lamp around another one."""

    def __init__(self, lamp: Lamp) -> None:
        self._lamp = lamp

    def shine(self) -> str:
        """Less of it."""
        return f"dim {self._lamp.shine()}"


def test_a_component_may_wrap_what_another_supplies() -> None:
    """Each wrapper gets the one before it, and the last one serves."""

    def shade(container: Container) -> Shade:
        return Shade(container.get(Lamp))  # type: ignore[type-abstract]  # svcs looks ports up by their protocol

    desk = Component(name="desk", package="tests.kernel.test_assembly", services=(Service(Lamp, Torch), *(Service(Lamp, shade),) * 2))
    with Container(World(components=(TENANCY, desk)).kernel.services) as container:
        assert container.get(Lamp).shine() == "dim dim light"  # type: ignore[type-abstract]  # as above


def test_the_graph_can_be_read() -> None:
    """``kingpost graph``: stages in order, every component with what it brings, every port with what fills it."""
    lines = tuple(World(components=asking(Tools("workshop.tools.sharp", Tool))).kernel.graph())
    assert "  query      workshop.tools.sharp over Tool" in lines
    assert lines[:3] == ("pipeline", "  identify", "  probe")
    assert "component workshop (requires tenancy)" in lines
    assert "  record     Tool -> kingpost_workshop_tool" in lines
    assert "  operation  GET    /tools -> tests.kernel.workshop.list_tools" in lines
    assert f"  permission {READ}: See tools." in lines
    assert any(line.startswith("  service    Authenticator <- kingpost.kernel.tenancy") for line in lines)
    assert "  storage    kingpost.adapters.memory.storage.MemoryStorage" in lines
    assert "  clock      kingpost.adapters.memory.clock.MemoryClock" in lines
