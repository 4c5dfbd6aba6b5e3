"""The workbench: callers, use cases, requests, time, faults, settings and services of a test. It knows counters."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import structs

from kingpost.conformance.world import NOW
from kingpost.kernel.component import Component
from kingpost.kernel.context import Context
from kingpost.kernel.driving import KernelSuspended
from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, PermissionMissing, StaleVersion, Unavailable
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.policy import Limits
from kingpost.testing import Workbench
from tests.testing import counters
from tests.testing.counters import Bell, Counter, CounterPath, NewCounter, Tower

HALLO = NewCounter(name="hallo")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench of counters."""
    with Workbench(counters.COMPONENT) as made:
        yield made


async def whoami(context: Context) -> tuple[str, str | None]:
    """Side and slug of the caller."""
    return context.principal.side, context.tenant.slug if context.tenant is not None else None


async def ask_permission(context: Context) -> None:
    """Needs a permission."""
    context.require(counters.WRITE)


class Silent:
    """A bell that a test puts in."""

    def ring(self) -> str:
        """Nothing."""
        return ""


# ---------------------------------------------------------------- use cases


def test_a_use_case_is_run_as_its_caller_and_committed(bench: Workbench) -> None:
    """The result comes back, and its row is there for whoever looks later."""
    made = bench.run(counters.create, as_=bench.tenant("acme"), body=HALLO)
    assert bench.rows(Counter) == (made,)


def test_a_refused_use_case_raises_its_condition_and_leaves_nothing(bench: Workbench) -> None:
    """What it wrote before it was refused is rolled back."""
    acme = bench.tenant("acme")

    async def twice(context: Context) -> None:
        await counters.create(context, body=HALLO)
        await counters.create(context, body=HALLO)

    with pytest.raises(Conflict):
        bench.run(twice, as_=acme)
    assert bench.rows(Counter) == ()


def test_each_caller_has_a_side_of_its_own(bench: Workbench) -> None:
    """A tenant, the platform and nobody."""
    seen = [bench.run(whoami, as_=party) for party in (bench.tenant("acme"), bench.platform, bench.anonymous)]
    assert seen == [("tenant", "acme"), ("platform", None), ("anonymous", None)]


def test_tenants_do_not_see_each_other(bench: Workbench) -> None:
    """A use case has the store of its caller's tenant."""
    made = bench.run(counters.create, as_=bench.tenant("acme"), body=HALLO)
    with pytest.raises(NotFound):
        bench.run(counters.increase, as_=bench.tenant("other"), path=CounterPath(counter_id=made.id))


def test_a_caller_can_be_narrowed_to_some_permissions(bench: Workbench) -> None:
    """Over HTTP and in a use case alike; narrowing again begins from the whole."""
    acme = bench.tenant("acme")
    reader = acme.only(counters.READ)
    bench.client(as_=reader).get("/counters").expect(200)
    bench.client(as_=reader).post("/counters", HALLO).expect(403, "permission-missing")
    with pytest.raises(PermissionMissing):
        bench.run(ask_permission, as_=acme.only())
    bench.run(ask_permission, as_=reader.only(counters.WRITE))


def test_a_permission_that_nobody_declares_is_refused(bench: Workbench) -> None:
    """A refusal for a permission that was misspelt would prove nothing."""
    with pytest.raises(ConfigurationError, match=r"counters\.counters:reed: .* did you mean 'counters\.counters:read'"):
        bench.client(as_=bench.tenant("acme").only("counters.counters:reed")).get("/counters")
    with pytest.raises(ConfigurationError, match="nobody has no permissions"):
        bench.anonymous.only(counters.READ)


def test_a_list_starts_at_its_beginning(bench: Workbench) -> None:
    """``after`` need not be given."""
    acme = bench.tenant("acme")
    made = bench.run(counters.create, as_=acme, body=HALLO)
    assert bench.run(counters.listed, as_=acme, query=PageQuery()).items == (made,)


def test_a_record_stands_for_its_tag(bench: Workbench) -> None:
    """``if_match`` may be the row as it was loaded: it matches once."""
    acme = bench.tenant("acme")
    made = bench.run(counters.create, as_=acme, body=HALLO)
    path = CounterPath(counter_id=made.id)
    renamed = bench.run(counters.rename, as_=acme, path=path, body=NewCounter(name="other"), if_match=made)
    assert renamed.name == "other"
    with pytest.raises(StaleVersion):
        bench.run(counters.rename, as_=acme, path=path, body=NewCounter(name="third"), if_match=made)


# ---------------------------------------------------------------- requests


def test_a_client_goes_through_the_whole_pipeline(bench: Workbench) -> None:
    """Status, JSON, location, tag and code are at hand; a list is walked page by page."""
    api = bench.client(as_=bench.tenant("acme"))
    made = api.post("/counters", {"name": "hallo"}).expect(201)
    assert (made.json["name"], made.location) == ("hallo", f"/counters/{made.json['id']}")
    api.patch(made.location or "", {"name": "other"}, if_match=made).expect(200)
    api.patch(made.location or "", {"name": "third"}, if_match=made).expect(412, "stale-version")
    api.post("/counters", {"name": "third"}).expect(201)
    assert [item["name"] for item in api.items("/counters", query={"limit": 1})] == ["other", "third"]
    assert bench.client().get("/counters").code == "unauthenticated"


def test_an_unexpected_answer_is_told_in_full(bench: Workbench) -> None:
    """``expect`` says what was asked and everything that came."""
    with pytest.raises(AssertionError, match=r"POST /counters was to be answered 201 and was answered 422 .*/name"):
        bench.client(as_=bench.tenant("acme")).post("/counters", {"name": ""}).expect(201)


def test_what_nobody_foresaw_is_raised_in_the_test(bench: Workbench) -> None:
    """The error itself, with its traceback, and not a 500 that says nothing."""
    with pytest.raises(ZeroDivisionError, match="nobody foresaw it"):
        bench.client(as_=bench.tenant("acme")).post("/failing")


# ---------------------------------------------------------------- what is around them


def test_time_stands_still_until_it_is_moved(bench: Workbench) -> None:
    """A test begins at the same instant and says itself when it is later."""
    assert bench.clock.now() == NOW
    bench.clock.advance(days=1, hours=2)
    assert bench.clock.now() - NOW == timedelta(hours=26)
    bench.clock.set(NOW)
    assert bench.clock.now() == NOW


def test_the_next_call_of_the_store_fails(bench: Workbench) -> None:
    """Once, with an instance or a class, and only under a name that there is."""
    acme = bench.tenant("acme")
    bench.fail_next("insert", Unavailable)
    with pytest.raises(Unavailable):
        bench.run(counters.create, as_=acme, body=HALLO)
    bench.run(counters.create, as_=acme, body=HALLO)
    with pytest.raises(ConfigurationError, match="did you mean 'insert'"):
        bench.fail_next("inser", Unavailable)


def test_a_fake_takes_the_place_of_a_service_for_everybody(bench: Workbench) -> None:
    """For use cases, and for services that are made with it."""

    async def rung(context: Context) -> tuple[str, str]:
        return context.get(Bell).ring(), context.get(Tower).bell.ring()

    acme = bench.tenant("acme")
    assert bench.run(rung, as_=acme) == ("ding", "ding")
    bench.override(Bell, Silent())
    assert bench.run(rung, as_=acme) == ("", "")


def test_settings_are_overridden_over_the_same_rows(bench: Workbench) -> None:
    """A setting that there is, until the test ends."""
    acme = bench.tenant("acme")
    bench.override_settings(limits=Limits(body=5))
    bench.client(as_=acme).post("/counters", HALLO).expect(413, "body-too-large")
    with pytest.raises(ConfigurationError, match=r"limit: .* did you mean 'limits'"):
        bench.override_settings(limit=Limits())


def test_what_is_logged_and_measured_can_be_read(bench: Workbench) -> None:
    """One line for the request, one series for its operation."""
    bench.client().get("/counters")
    assert [line.fields["status"] for line in bench.log.events("request")] == [401]
    assert 'operation="counters.counters.list"' in bench.metrics


def test_tests_do_not_meet() -> None:
    """A workbench of the same components begins empty, at the same instant, with the same chance and its own services, whatever one before did."""

    async def rung(context: Context) -> str:
        return context.get(Bell).ring()

    seen = []
    for _ in range(2):
        with Workbench(counters.COMPONENT) as bench:
            acme = bench.tenant("acme")
            seen.append(
                (
                    acme.id,
                    acme.key,
                    bench.clock.now(),
                    bench.rows(Counter),
                    len(bench.log.lines),
                    bench.kernel.policy.limits,
                    bench.run(rung, as_=acme),
                )
            )
            bench.run(counters.create, as_=acme, body=HALLO)
            bench.clock.advance(days=400)
            bench.override(Bell, Silent())
            bench.override_settings(limits=Limits(body=1))
            bench.fail_next("insert", Unavailable)
    assert seen[0] == seen[1]


def test_workbenches_stand_side_by_side() -> None:
    """Two of the same components at the same time have rows of their own."""
    with Workbench(counters.COMPONENT) as one, Workbench(counters.COMPONENT) as other:
        one.run(counters.create, as_=one.tenant("acme"), body=HALLO)
        assert (len(one.rows(Counter)), len(other.rows(Counter))) == (1, 0)


def test_a_seed_decides_what_is_drawn() -> None:
    """Another seed, other ids."""
    ids = set()
    for seed in (1, 2, 1):
        with Workbench(counters.COMPONENT, seed=seed) as bench:
            ids.add(bench.tenant("acme").id)
    assert len(ids) == 2


def test_what_a_component_requires_comes_with_it() -> None:
    """Kingpost's own by itself; another one must be named, and one name stands for one component."""
    with Workbench(Component(name="empty", package="empty", requires=("tenancy",))) as bench:
        assert [component.name for component in bench.kernel.components] == ["tenancy", "empty"]
    with pytest.raises(ConfigurationError, match="requires 'counters': name its COMPONENT too"):
        Workbench(Component(name="more", package="more", requires=("counters",)))
    with pytest.raises(ConfigurationError, match="'counters' is named twice"):
        Workbench(counters.COMPONENT, structs.replace(counters.COMPONENT, package="other"))


def test_a_bench_is_used_inside_its_block() -> None:
    """Outside it says what to write."""
    with pytest.raises(RuntimeError, match="use it inside 'with Workbench"):
        Workbench(counters.COMPONENT).tenant("acme")


# ---------------------------------------------------------------- what a use case must not await


def test_a_use_case_that_gives_way_is_named(bench: Workbench) -> None:
    """File and line of the await in the use case, though the library suspends deeper, and what to do instead."""
    with pytest.raises(
        KernelSuspended, match=r"suspended at yielding \(.*counters\.py:\d+\), in .*asyncio.*; in a use case await the store"
    ):
        bench.run(counters.yielding, as_=bench.tenant("acme"))


def test_a_use_case_that_wants_a_loop_is_named(bench: Workbench) -> None:
    """The library's own error has a note with file, line and what to do instead."""
    with pytest.raises(RuntimeError, match="no running event loop") as caught:
        bench.run(counters.sleepy, as_=bench.tenant("acme"))
    assert any("awaited at sleepy (" in note and "in a use case await the store" in note for note in caught.value.__notes__)
