"""Two targets that take turns on one database answer as one side alone; what tells them apart is found. It knows turns and memories, no case."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.assignment import UNREMEMBERED, Assignment
from kingpost.conformance.backend import POLICY, MemoryBackend, Setup
from kingpost.conformance.bench import Machine
from kingpost.conformance.both import Both
from kingpost.conformance.check import Arena, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.parity import Different, checks, machine_of, play
from kingpost.conformance.target import Exchange, Reply, Target, Unreachable
from kingpost.conformance.targets import find, opened
from kingpost.conformance.world import CANARY, NOW, SEED, exchange_headers, fresh
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Clock
from kingpost.kernel.tenancy import AccessKey, Tenant
from tests.conformance.broken import WithoutVary
from tests.conformance.targets import COMPONENTS, RECORDS, MemoryTarget

MIXED: Final = "litestar+django-wsgi"
OPERATIONS: Final = tuple(operation for component in COMPONENTS for operation in component.operations)
Made = Callable[[Setup], Target]


class OneMemory(MemoryBackend):
    """Dictionaries that whoever opens them shares, as processes share a database."""

    def __init__(self) -> None:
        self._storage: MemoryStorage | None = None

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:
        """The storage that is there."""
        self._storage = self._storage or MemoryStorage(records=records, clock=clock)
        return self._storage


class Deaf(KernelTarget):
    """A side that does not notice what the other one has done to a tenant."""

    def send(self, exchange: Exchange) -> Reply:
        """Every tenant that is told of is active."""
        reply = super().send(exchange)
        return structs.replace(reply, body=reply.body.replace(b'"status":"suspended"', b'"status":"active"'))


class WithoutDuplicates(KernelTarget):
    """A side that says it cannot do what it can."""

    capabilities = KernelTarget.capabilities - {"duplicate-headers"}


class Turns:
    """Remembers which side an exchange went to."""

    def __init__(self, side: Target, number: int, log: list[int]) -> None:
        self._side, self._number, self._log = side, number, log
        self.name, self.capabilities, self.door, self.reset, self.close = side.name, side.capabilities, side.door, side.reset, side.close

    def send(self, exchange: Exchange) -> Reply:
        """Hand it on."""
        self._log.append(self._number)
        return self._side.send(exchange)


def kernel(setup: Setup) -> Target:
    """A side without a framework."""
    return KernelTarget(setup, "kernel")


def pair(second: Made = kernel, *, policy: Policy = UNREMEMBERED, log: list[int] | None = None) -> Both:
    """Two sides over one memory."""
    setup = Setup(components=COMPONENTS, backend=OneMemory(), policy=policy, machine=Machine())
    sides: tuple[Target, Target] = (kernel(setup), second(setup))
    if log is not None:
        sides = (Turns(sides[0], 0, log), Turns(sides[1], 1, log))
    return Both("first+second", *sides)


def programs(mixed: Target, *, steps: int, seeded: int = 0) -> int:
    """Play so many steps on the pair and on the reference, which remembers nothing either; how many it were."""
    reference = KernelTarget(Setup(components=COMPONENTS, policy=UNREMEMBERED))
    machine = machine_of(OPERATIONS, RECORDS, (reference, mixed))
    play(machine, steps=steps, seeded=seeded)
    return machine.tally.steps


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_no_program_tells_two_sides_from_one(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Litestar and Django on one database give the answers of the reference, byte for byte, and hold its rows after each step."""
    if backend == "postgresql":
        request.getfixturevalue("postgres_server_url")
    with opened(MIXED, COMPONENTS, folder=tmp_path, backend=backend, policy=UNREMEMBERED) as mixed:
        assert programs(mixed, steps=300, seeded=4) >= 300
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [MIXED, "django-wsgi+litestar"])
def test_whoever_comes_first_makes_the_tables(name: str, tmp_path: Path) -> None:
    """The other one finds them, is ready, and the world is the reference's, whichever side reads it."""
    reference = MemoryTarget()
    world = fresh(reference)
    with opened(name, COMPONENTS, folder=tmp_path, backend="sqlite") as mixed:
        assert mixed.name == name
        assert fresh(mixed) == world
        assert mixed.door is not None
        ready = [mixed.send(Exchange(target=b"/readyz", headers=((b"host", b"testserver"),))) for _ in range(12)]
        assert {reply.status for reply in ready} == {200}
        assert [mixed.door.rows(record) for record in RECORDS] == [reference.bench.rows(record) for record in RECORDS]
        assert CANARY not in mixed.door.told()


def test_the_turns_are_drawn_and_can_be_played_again() -> None:
    """Both sides get about half, not in turns; the same seed and the same exchanges give the same turns, also when others are left out."""
    log: list[int] = []
    mixed = pair(log=log)

    def asked(kept: Iterable[int]) -> list[int]:
        key = mixed.reset(seed=SEED, now=NOW)
        log.clear()
        for number in kept:
            headers = exchange_headers(key, request_id=f"turn-{number}", json=False)
            assert mixed.send(Exchange(target=b"/platform/tenants", headers=headers)).status == 200
        return [*log]

    turns = asked(range(200))
    assert 80 < sum(turns) < 120
    assert 80 < sum(one != other for one, other in pairwise(turns)) < 120
    assert asked(range(200)) == turns
    assert asked(range(0, 200, 3)) == turns[::3]
    assert len({asked([7] * 3)[0], *asked([7] * 30)}) == 2


def test_programs_pass_on_two_equal_sides() -> None:
    """What is found below is found because of the side that is broken."""
    assert programs(pair(), steps=400) >= 400


@pytest.mark.parametrize("second", [Deaf, WithoutVary])
def test_a_side_that_answers_otherwise_is_found(second: Made) -> None:
    """It is asked only every other time, and yet a program shows it."""
    with pytest.raises(Different, match=r"first\+second differs from memory"):
        programs(pair(second), steps=2_000)


def test_a_side_that_keeps_its_rows_to_itself_is_found() -> None:
    """What one has made the other does not find."""

    def apart(setup: Setup) -> Target:
        return kernel(structs.replace(setup, backend=OneMemory()))

    with pytest.raises(Different):
        programs(pair(apart), steps=400)


def test_sides_that_remember_callers_are_found() -> None:
    """One answers from before the change on the other: so a comparison needs sides that remember nothing."""
    with pytest.raises(Different, match=r"first\+second differs from memory"):
        programs(pair(policy=POLICY), steps=2_000)


def test_a_run_with_two_on_one_database_remembers_nothing() -> None:
    """Neither they nor those that they are compared with; other runs remember as a deployment does."""
    assert Assignment(targets=(MIXED,), against=("litestar",)).kit.policy == UNREMEMBERED
    assert Assignment(targets=("litestar",), against=(MIXED,)).kit.policy.cache_seconds == 0
    assert Assignment(targets=("litestar",)).kit.policy == POLICY


def test_what_the_other_side_has_changed_is_seen_when_memory_ends() -> None:
    """A suspended tenant is served by the other side for CACHE_SECONDS and no longer, by the side that suspended it not at all."""
    mixed = pair(policy=POLICY)
    world = fresh(mixed)
    first, second = mixed.sides
    own = Exchange(target=b"/tenant", headers=exchange_headers(world["a.key"], request_id="remembered", json=False))
    assert [side.send(own).status for side in mixed.sides] == [200, 200]
    platform = (*exchange_headers(world["platform.key"], request_id="change", json=True), (b"if-match", world["a.etag"].encode()))
    suspended = Exchange(method="POST", target=f"/platform/tenants/{world['a.id']}/suspend".encode(), headers=platform, body=b"{}")
    assert first.send(suspended).status == 200
    assert [side.send(own).status for side in mixed.sides] == [403, 200]
    mixed.advance(POLICY.cache_seconds - 0.001)
    assert second.send(own).status == 200
    mixed.advance(0.002)
    assert second.send(own).status == 403


def test_a_fault_meets_whoever_calls_next() -> None:
    """It waits for the side that the exchange goes to; a reset takes it back."""
    mixed = pair()
    for _ in range(6):
        key = mixed.reset(seed=SEED, now=NOW)
        listing = Exchange(target=b"/platform/tenants", headers=exchange_headers(key, request_id="fault", json=False))
        for number in range(4):
            mixed.fail_next("find", ValueError("a secret of the inside"))
            assert [mixed.send(listing).status for _ in range(2)] == [500, 200], number
        mixed.fail_next("find", ValueError("never sprung"))


def test_what_both_have_done_is_told_once() -> None:
    """The log and the metrics hold the requests of both sides; rows are read by the one that has not answered last."""
    log: list[int] = []
    mixed = pair(log=log)
    world = fresh(mixed)
    assert set(log) == {0, 1}
    assert mixed.told().count("'request_id': 'world'") == len(log)
    assert {row["id"] for row in mixed.rows(Tenant)} >= {world["a.id"], world["b.id"]}
    assert len(mixed.rows(AccessKey)) == 6


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("litestar+django@uvicorn", r"two targets in process can take turns, as in litestar\+django-wsgi"),
        ("litestar+django-wsgi+memory", r"two targets in process can take turns"),
        ("litestar+djnago-wsgi", r"no target 'djnago-wsgi'; did you mean 'django-wsgi'"),
        ("litestar+", r"no target ''"),
    ],
)
def test_a_name_of_two_that_leads_nowhere_is_told_in_one_line(name: str, message: str) -> None:
    """Before anything is started."""
    with pytest.raises(Unreachable, match=message) as caught:
        find(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "backend", "message"),
    [
        (MIXED, "memory", r"so give them one: --backend sqlite or postgresql"),
        ("litestar+memory", "sqlite", r"the two share no clock, chance and log"),
        ("django-wsgi+django-asgi", "sqlite", r"needs a process of its own"),
    ],
)
def test_two_that_cannot_share_are_told_in_one_line(name: str, backend: str, message: str, tmp_path: Path) -> None:
    """A database, a process, a machine: whatever one of them wants for itself."""
    with pytest.raises(Unreachable, match=message) as caught, opened(name, COMPONENTS, folder=tmp_path, backend=backend):
        pass
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_differences_is_judged_though_one_side_has_none() -> None:
    """An accepted difference is shown by one of several tries, because the other side answers as the reference does."""
    kit = Kit(components=COMPONENTS, policy=UNREMEMBERED)
    stale = [check for check in checks(kit) if check.id == "parity.differences.joined-lines"]
    with pytest.raises(AssertionError, match="stale"):
        stale[0].run(Arena(kit, pair(WithoutDuplicates)))
