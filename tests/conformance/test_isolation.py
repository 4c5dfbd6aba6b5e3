"""The checks of isolation judge any component, are as many as they say, and bite. It knows broken targets and the storefront."""

from collections import Counter
from typing import TypeVar

import pytest
from msgspec import structs

from examples import helpdesk, storefront
from kingpost.conformance import isolation
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import PROFILES, Arena, Check, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.isolation.plans import plans, share
from kingpost.conformance.isolation.rows import grounds
from kingpost.conformance.mutants import MUTANTS
from kingpost.conformance.mutants.breaking import Faithful, storing
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.world import CANARY, World, exchange_headers
from kingpost.kernel.records import Record
from tests.conformance.targets import COMPONENTS

R = TypeVar("R", bound=Record)

WITH_STOREFRONT = (*COMPONENTS, storefront.COMPONENT)
SHOP = Kit(components=WITH_STOREFRONT, profile=PROFILES["quick"])
CI = Kit(components=COMPONENTS, profile=PROFILES["ci"])


def failures(checks: tuple[Check, ...], arena: Arena) -> list[str]:
    """The ids of the checks that fail."""
    found: list[str] = []
    for check in checks:
        try:
            check.run(arena)
        except AssertionError:
            found.append(check.id)
            arena.spoil()
    return found


def about(part: str, kit: Kit = SHOP) -> tuple[Check, ...]:
    """The checks whose ids hold the text."""
    return tuple(check for check in isolation.checks(kit) if part in check.id)


def test_a_users_component_joins_without_new_code() -> None:
    """The storefront is asked through every channel about rows that its own operation has made, and holds."""
    arena = Arena(SHOP, KernelTarget(Setup(components=WITH_STOREFRONT)))
    checks = about("storefront")
    assert {"isolation.foreign-path.storefront.products.update", "isolation.canary.storefront.products.list"} <= {c.id for c in checks}
    assert failures(checks, arena) == []
    door = arena.target.door
    assert door is not None
    assert CANARY in str(door.rows(storefront.Product))


def test_rows_below_another_row_are_made_too() -> None:
    """A comment, which has no address of its own, is made for either tenant, and is found in the list of its ticket alone."""
    desk = (*COMPONENTS, helpdesk.COMPONENT)
    checks = about("canary.helpdesk.comments", Kit(components=desk, profile=PROFILES["quick"]))
    assert [check.id for check in checks] == ["isolation.canary.helpdesk.comments.list"]
    assert failures(checks, Arena(Kit(components=desk, profile=PROFILES["quick"]), KernelTarget(Setup(components=desk)))) == []


@pytest.mark.parametrize(
    ("mutant", "check"),
    [
        ("forgets-tenant-on-get", "isolation.foreign-path.storefront.products.read"),
        ("forgets-tenant-on-find", "isolation.canary.storefront.products.list"),
        ("forbids-what-is-foreign", "isolation.foreign-path.storefront.stock.adjust"),
        ("tenant-header-selects", "isolation.foreign-header.storefront.products.list"),
        ("suspended-let-in", "isolation.state.storefront.products.create"),
        ("unknown-fields-ignored", "isolation.forged-fields.storefront.products.create"),
    ],
)
def test_a_users_component_is_held_to_it(mutant: str, check: str) -> None:
    """A target that is broken for the kit's own component is found broken for a user's as well."""
    broken = next(each for each in MUTANTS if each.name == mutant)
    arena = Arena(SHOP, broken.make(Setup(components=WITH_STOREFRONT)))
    assert failures(about(check), arena) == [check]


class _Meddling(KernelTarget):
    """Answers rightly, and changes B's row whenever somebody asks for what is not there."""

    def send(self, exchange: Exchange) -> Reply:
        reply = super().send(exchange)
        if reply.status == 404 and exchange.path.startswith(b"/specimens/"):
            headers = exchange_headers(self.names["b.key"], request_id="meddling", json=True)
            target = f"/specimens/{self.names['b.specimen']}/adjustments".encode()
            super().send(Exchange(method="POST", target=target, headers=headers, body=b'{"delta":1}'))
        return reply

    names: World = {}


def test_a_refused_request_that_changes_a_row_is_found() -> None:
    """Equal answers are not enough: every row must be as it was."""
    target = _Meddling(Setup(components=COMPONENTS))
    arena = Arena(structs.replace(CI, profile=PROFILES["quick"]), target)
    target.names = grounds(arena)
    (check,) = about("foreign-path.specimen.specimens.read", arena.kit)
    with pytest.raises(AssertionError, match="a refused request has changed what is stored"):
        check.run(arena)


class _Blind(KernelTarget):
    """A target without a back door."""

    @property
    def door(self) -> None:  # type: ignore[override]  # there is none
        return None


def test_a_target_without_a_back_door_is_judged_by_what_b_reads() -> None:
    """Where rows cannot be read, B reads its own before and after."""
    arena = Arena(SHOP, _Blind(Setup(components=WITH_STOREFRONT)))
    assert failures(about("foreign-"), arena) == []


def test_no_probe_is_sent_twice_and_there_are_as_many_as_the_profile_wants() -> None:
    """2,000 in CI and 20,000 at night, each another request about something of B."""
    for profile in ("ci", "nightly"):
        kit = structs.replace(CI, profile=PROFILES[profile])
        most = share(kit.profile.probes, (plan.size for plan in plans(kit)))
        probes = [
            (
                each.step.method,
                each.step.target,
                each.step.key,
                each.step.headers,
                each.step.body,
                str(each.foreign),
                each.step.expect.status,
            )
            for plan in plans(kit)
            for each in plan.probes(most, kit.seed)
        ]
        assert isolation.planned(kit) == len(probes) >= kit.profile.probes
        assert [probe for probe, count in Counter(probes).items() if count > 1] == []


def test_too_few_probes_are_a_failure() -> None:
    """A profile that wants more than the operations give is not met in silence."""
    greedy = structs.replace(CI, profile=structs.replace(PROFILES["nightly"], probes=10**9))
    (check,) = (check for check in isolation.checks(greedy) if check.id == "isolation.probes")
    with pytest.raises(AssertionError, match="probes, the profile nightly wants 1000000000"):
        check.run(Arena(greedy, KernelTarget(Setup(components=COMPONENTS))))


def test_the_probes_are_shared_out_so_that_small_plans_give_all_they_have() -> None:
    """What small plans lack the large ones give."""
    assert share(10, (1, 1, 100)) == 8
    assert share(3, (10, 10, 10)) == 1
    assert share(100, (1, 2)) == 2


class _Noting(Faithful):
    """Writes down what the store is asked, without the keys."""

    calls: list[str] = []

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        self.calls.append(f"get {record.__name__} {lock}")
        return await super().get(record, key, lock=lock)


@pytest.mark.parametrize(
    "plan", [plan for plan in plans(CI) if plan.channel == "path" and plan.operation.scope == "tenant"], ids=lambda p: p.operation.id
)
def test_another_tenants_object_is_asked_for_in_the_same_way(plan: isolation.Plan) -> None:
    """The calls of the store are the same for a foreign and an absent id, so that the time it takes tells nothing (spec http, attack 12)."""
    arena = Arena(CI, storing(_Noting)(Setup(components=COMPONENTS)))
    seen: list[tuple[str, ...]] = []
    probe = plan.probes(1, 0)[0]
    for meant in (probe.absent, probe.absent, probe.foreign):  # the first time the credential is looked up
        _Noting.calls.clear()
        arena.target.send(isolation.exchange(probe.step, grounds(arena), meant))
        seen.append(tuple(_Noting.calls))
    assert seen[1] == seen[2] != ()


def test_the_log_is_part_of_what_is_told() -> None:
    """The back door tells every line of the log and every measurement since the last reset, and nothing from before."""
    target = KernelTarget(Setup(components=COMPONENTS))
    arena = Arena(CI, target)
    arena.world()
    target.bench.machine.log.event("marked", {"by": "this test"})
    assert "this test" in target.bench.told()
    assert "specimen.specimens.create" in target.bench.told()
    arena.spoil()
    arena.world()
    assert "this test" not in target.bench.told()
