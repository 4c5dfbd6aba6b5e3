"""Programs are made from declarations alone, find what is broken, shrink it and tell it as a script that works. It knows the reference and broken ones."""

import re
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, ClassVar

import pytest
from msgspec import Meta, Struct

from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.parity import Different, machine_of, play
from kingpost.conformance.target import Exchange, Reply, Target, Unreachable
from kingpost.kernel.component import Component, Permission
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import Operation, PageQuery
from kingpost.kernel.records import Facts, Record, Retention
from kingpost.kernel.scalars import id_of
from kingpost.kernel.store import Page, Value
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.tenancy import TenantId
from tests.conformance.broken import Backwards, Drawing, Telling, WithoutVary, broken, forgetful
from tests.conformance.targets import COMPONENTS, MemoryTarget

COINS = Annotated[str, id_of("coi")]


class Coin(Record, frozen=True, kw_only=True):
    """A record that the kit has never heard of."""

    facts: ClassVar[Facts] = Facts(
        component="purse", name="coin", tenant="tenant_id", personal=(), retention=Retention("kept until its tenant deletes it")
    )
    id: COINS
    tenant_id: TenantId
    mint: str
    worth: int
    created_at: datetime


class NewCoin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a coin is made from; nobody gives an example of a mint."""

    mint: Annotated[str, Meta(pattern="^[A-D][0-9]{3}-q$", max_length=6)]
    worth: Annotated[int, Meta(ge=50, le=90)]


class CoinPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which coin."""

    coin_id: COINS


class CoinView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coin on the wire."""

    id: COINS
    mint: str
    worth: Annotated[int, Meta(ge=0, le=100)]


async def strike(context: Context, *, body: NewCoin) -> Coin:
    """Add a coin."""
    coin = Coin(id=context.new_id("coi"), tenant_id=context.tenant_id, mint=body.mint, worth=body.worth, created_at=context.now())
    await context.store.insert(coin)
    return coin


async def look_at(context: Context, *, path: CoinPath) -> Coin:
    """One coin."""
    coin = await context.store.get(Coin, path.coin_id)
    if coin is None:
        raise NotFound
    return coin


async def count(context: Context, *, query: PageQuery, after: tuple[Value, ...] | None) -> Page[Coin]:
    """All coins."""
    return await context.store.find(Coin, order=("id",), after=after, limit=query.limit)


def view(coin: Coin) -> CoinView:
    """The coin on the wire."""
    return CoinView(id=coin.id, mint=coin.mint, worth=coin.worth)


PURSE = Component(
    name="purse",
    package="tests.conformance.test_programs",
    records=(Coin,),
    permissions=(Permission("purse.coins:all", "Do everything with coins."),),
    requires=("tenancy",),
    operations=(
        Operation(
            id="purse.coins.create",
            method="POST",
            path="/coins",
            summary="Strike a coin",
            use_case=strike,
            permission="purse.coins:all",
            body=NewCoin,
            returns=CoinView,
            view=view,
            location=lambda coin: f"/coins/{coin.id}",
            status=201,
        ),
        Operation(
            id="purse.coins.list",
            method="GET",
            path="/coins",
            summary="Count the coins",
            use_case=count,
            permission="purse.coins:all",
            query=PageQuery,
            returns=CoinView,
            view=view,
        ),
        Operation(
            id="purse.coins.read",
            method="GET",
            path="/coins/{coin_id}",
            summary="Look at a coin",
            use_case=look_at,
            permission="purse.coins:all",
            path_parameters=CoinPath,
            returns=CoinView,
            view=view,
            errors=(NotFound,),
        ),
    ),
)


class Watched(KernelTarget):
    """The reference, with a count of what was asked and answered."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, "watched")
        self.seen: Counter[tuple[str, str, int]] = Counter()

    def send(self, exchange: Exchange) -> Reply:
        """The reply, counted."""
        reply = super().send(exchange)
        self.seen[exchange.method, exchange.path.decode("latin-1"), reply.status] += 1
        return reply


class Dying(KernelTarget):
    """Ends in the middle of a program."""

    def send(self, exchange: Exchange) -> Reply:
        """Gone at the first list."""
        if exchange.method == "GET":
            raise Unreachable("dying: its process has ended")
        return super().send(exchange)


def played(*targets: Target, steps: int, seeded: int = 0, components: tuple[Component, ...] = COMPONENTS) -> tuple[int, str]:
    """How many steps were played, and their trace hash."""
    setup = Setup(components=components)
    machine = machine_of([each for component in components for each in component.operations], setup.records, targets)
    play(machine, steps=steps, seeded=seeded)
    return machine.tally.steps, machine.tally.trace.hexdigest()


def found(target: Target) -> Different:
    """The counter-example that programs find for a broken target."""
    with pytest.raises(Different) as caught:
        played(MemoryTarget(), target, steps=5_000)
    return caught.value


def test_the_same_seed_gives_the_same_trace() -> None:
    """Two runs with one seed send and receive the same bytes; another seed gives others."""
    first, again, other = (played(MemoryTarget(), MemoryTarget(), steps=300, seeded=seeded) for seeded in (7, 7, 8))
    assert first == again
    assert first[1] != other[1]
    assert first[0] >= 300


def test_what_is_loaded_beside_the_kit_does_not_change_its_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed says the same in a checkout and in a wheel, whatever literals stand in other modules (Hypothesis would draw from them)."""
    before = played(MemoryTarget(), MemoryTarget(), steps=300, seeded=7)
    neighbour = ModuleType("neighbour")
    neighbour.__file__ = str(tmp_path / "neighbour.py")
    (tmp_path / "neighbour.py").write_text(f"LITERALS = {[bytes([65 + number]) * 44 for number in range(20)]}\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "neighbour", neighbour)
    assert played(MemoryTarget(), MemoryTarget(), steps=300, seeded=7) == before


def test_programs_reach_every_operation_and_every_kind_of_answer() -> None:
    """Within some thousand steps every operation succeeds and every class of refusal is seen."""
    watched = Watched(Setup(components=COMPONENTS))
    played(MemoryTarget(), watched, steps=4_000, seeded=3)
    succeeded = {(method, re.sub("/[a-z]+_[0-9a-z]{26}", "/{}", path)) for method, path, status in watched.seen if status < 300}
    operations = {(each.method, re.sub(r"/\{[a-z_]+\}", "/{}", each.path)) for component in COMPONENTS for each in component.operations}
    assert operations <= succeeded
    statuses = {status for _, _, status in watched.seen}
    assert statuses >= {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 412, 414, 415, 422, 426, 428, 431, 500, 503}
    answered = Counter(status // 100 for _, _, status in watched.seen.elements())
    assert answered[2] > 0.2 * answered.total()


def test_a_new_component_joins_by_being_declared() -> None:
    """Operations that nobody has written a line of tests for are asked well, badly, page by page and about each other's rows."""
    watched = Watched(Setup(components=(TENANCY, PURSE)))
    played(KernelTarget(Setup(components=(TENANCY, PURSE))), watched, steps=1_500, components=(TENANCY, PURSE))
    answers = {(method, re.sub("coi_[0-9a-z]{26}", "{}", path), status) for method, path, status in watched.seen}
    assert answers >= {("POST", "/coins", status) for status in (201, 400, 401, 403, 422)}
    assert answers >= {("GET", "/coins", status) for status in (200, 401, 403)}
    assert answers >= {("GET", "/coins/{}", status) for status in (200, 401, 404)}


@pytest.mark.parametrize(
    ("kind", "told", "length"),
    [
        (WithoutVary, "vary: Authorization", 3),
        (Telling, "not-there", 2),
        (Backwards, "next_cursor", 4),
        (Drawing, "differ", 4),
    ],
)
def test_what_is_broken_is_found_and_shrunk(kind: type[KernelTarget], told: str, length: int) -> None:
    """Programs find the difference, and the script that shows it is nearly as short as can be."""
    difference = found(broken(kind))
    assert told in str(difference)
    assert "broken" in str(difference)
    assert len(difference.events) <= length, str(difference)
    assert str(difference).count("\nask ") == len(difference.events)


def test_a_row_that_is_not_what_was_answered_is_found() -> None:
    """Answers that are equal do not hide that the rows are not; the rows that differ are told."""
    difference = found(forgetful())
    assert re.search(r"the rows of \w+ on forgetful differ from memory\n  memory: .*updated_at", str(difference))
    assert len(difference.events) <= 3, str(difference)


def test_a_target_that_ends_is_no_counter_example() -> None:
    """A target that cannot be asked any more ends the programs at once, with its own reason."""
    with pytest.raises(Unreachable, match="its process has ended"):
        played(MemoryTarget(), broken(Dying), steps=500)
