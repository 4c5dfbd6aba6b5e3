"""Every interleaving and every crash: good calls keep the laws, careless ones are found out with a schedule that shows it again. It knows counters."""

from collections.abc import Iterator

import pytest

from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError, Conflict, StaleVersion
from kingpost.kernel.store import Storage
from kingpost.testing import Answer, Fault, Party, Workbench
from tests.testing import counters
from tests.testing.counters import Counter, CounterPath, Mark, NewCounter


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench of counters."""
    with Workbench(counters.COMPONENT) as made:
        yield made


@pytest.fixture
def acme(bench: Workbench) -> Party:
    """A tenant."""
    return bench.tenant("acme")


@pytest.fixture
def path(bench: Workbench, acme: Party) -> CounterPath:
    """A counter of the tenant."""
    return CounterPath(counter_id=bench.run(counters.create, as_=acme, body=NewCounter(name="hallo")).id)


def test_what_holds_in_every_order_passes(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """Both are done, each once, and the report says how many interleavings were played."""
    more = bench.prepare(counters.increase, as_=acme, path=path)
    told = bench.every_interleaving(
        more, more, law=lambda one, other: {one.value, other.value} == {1, 2} and bench.rows(Counter)[0].value == 2
    )
    assert told.startswith("all ")


def test_a_lost_update_is_found_without_a_law_of_ones_own(bench: Workbench, acme: Party) -> None:
    """No order of the two explains that both saw nothing: that is always judged."""
    careless = bench.prepare(
        counters.increase_carelessly, as_=acme, path=CounterPath(counter_id=bench.run(counters.make_mark, as_=acme).id)
    )
    with pytest.raises(AssertionError, match="no order of the requests explains what happened") as caught:
        bench.every_interleaving(careless, careless)
    told = str(caught.value)
    assert "increase_carelessly(path=" in told
    assert "get Mark" in told
    assert "again: every_interleaving(..., schedule='" in told


def test_the_printed_schedule_shows_it_again(bench: Workbench, acme: Party) -> None:
    """The schedule of a failure fails again; one that takes turns passes and tells its steps."""
    careless = bench.prepare(
        counters.increase_carelessly, as_=acme, path=CounterPath(counter_id=bench.run(counters.make_mark, as_=acme).id)
    )
    with pytest.raises(AssertionError) as caught:
        bench.every_interleaving(careless, careless)
    schedule = str(caught.value).rpartition("schedule='")[2].partition("'")[0]
    with pytest.raises(AssertionError, match="no order of the requests explains"):
        bench.every_interleaving(careless, careless, schedule=schedule)
    assert "replace Mark" in bench.every_interleaving(careless, careless, schedule="0")


def test_a_law_is_given_what_came_of_each_call(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """Results, answers and conditions; a law that is false is broken, with what came."""
    rename = bench.prepare(counters.rename, as_=acme, path=path, body=NewCounter(name="one"), if_match=bench.rows(Counter)[0])
    asked = bench.prepare_request(
        "PATCH", f"/counters/{path.counter_id}", {"name": "two"}, as_=acme, if_match=bench.client(as_=acme).get("/counters").etag or '"x-1"'
    )
    seen: set[tuple[type, type]] = set()
    bench.every_interleaving(rename, asked, law=lambda one, other: seen.add((type(one), type(other))))
    assert seen == {(Counter, Answer)}
    bench.every_interleaving(rename, rename, law=lambda *came: {type(each) for each in came} == {Counter, StaleVersion})
    with pytest.raises(AssertionError, match=r"the law does not hold after .*Counter\("):
        bench.every_interleaving(rename, rename, law=lambda *_: False)


def test_a_law_that_cannot_be_asked_has_a_schedule_too(bench: Workbench, acme: Party) -> None:
    """A mistake in the law is told as such, where it happened."""
    create = bench.prepare(counters.create, as_=acme, body=NewCounter(name="hallo"))
    with pytest.raises(AssertionError, match=r"(?s)the law could not be asked: AttributeError: .*again: "):
        bench.every_interleaving(create, create, law=lambda one, other: one.value == other.value == 0)


def test_a_law_may_run_use_cases_and_changes_nothing(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """What a law does is put back before the rows are judged."""
    more = bench.prepare(counters.increase, as_=acme, path=path)

    def law(*_: object) -> None:
        assert bench.run(counters.increase, as_=acme, path=path).value == 3
        bench.run(counters.create, as_=acme, body=NewCounter(name="of the law"))

    bench.every_interleaving(more, more, law=law)


def test_afterwards_everything_is_as_before(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """Rows, time and chance go on where the test stood, whether the law held or not."""
    bench.clock.advance(hours=1)
    before = (bench.rows(Counter), bench.clock.now())
    more = bench.prepare(counters.increase, as_=acme, path=path)
    bench.every_interleaving(more, more)
    bench.crash_everywhere(more, faults=(Fault.DELAYED, Fault.KILLED))
    with pytest.raises(AssertionError):
        bench.every_interleaving(more, more, law=lambda *_: False)
    assert (bench.rows(Counter), bench.clock.now()) == before
    bench.run(counters.create, as_=acme, body=NewCounter(name="fresh chance"))


def test_chance_goes_on_where_it_stood() -> None:
    """The next id is the one that would have been drawn without the interleavings."""
    drawn = set()
    for played in (False, True):
        with Workbench(counters.COMPONENT) as bench:
            acme = bench.tenant("acme")
            create = bench.prepare(counters.create, as_=acme, body=NewCounter(name="hallo"))
            if played:
                bench.every_interleaving(create, create, law=lambda *came: {type(each) for each in came} == {Counter, Conflict})
            drawn.add(bench.run(counters.create, as_=acme, body=NewCounter(name="hallo")).id)
    assert len(drawn) == 1


def test_calls_begin_at_the_time_of_the_test(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """A law sees the instant that the clock was moved to."""
    bench.clock.advance(days=3)
    now = bench.clock.now()
    seen = set()
    bench.every_interleaving(bench.prepare(counters.increase, as_=acme, path=path), law=lambda _: seen.add(bench.clock.now()))
    assert seen == {now}


def test_a_crash_leaves_all_or_nothing(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """At every call, four ways; the report counts them."""
    more = bench.prepare(counters.increase, as_=acme, path=path)
    told = bench.crash_everywhere(more, law=lambda _: bench.rows(Counter)[0].value in (0, 1))
    assert "killed-after" in told


def test_work_in_two_commits_is_found_out(bench: Workbench, acme: Party) -> None:
    """A crash between them leaves rows that are neither those before nor those after."""

    async def half(context: Context) -> None:
        for name in ("one", "two"):
            session = context.get(Storage).session()
            try:
                async with session.unit(context.scope) as unit:
                    await session.store(context.scope).insert(Mark(id=context.new_id("cnt"), tenant_id=context.tenant_id, name=name))
                    await unit.commit()
            finally:
                await session.close()

    with pytest.raises(AssertionError, match=r"no order of the requests explains what happened(?s:.*)crash_everywhere"):
        bench.crash_everywhere(bench.prepare(half, as_=acme))


def test_a_broken_law_of_a_crash_is_shown_again(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """The schedule names the fault and its step, and plays it again."""
    more = bench.prepare(counters.increase, as_=acme, path=path)
    with pytest.raises(AssertionError) as caught:
        bench.crash_everywhere(more, law=lambda _: bench.rows(Counter)[0].value == 0)
    schedule = str(caught.value).rpartition("schedule='")[2].partition("'")[0]
    with pytest.raises(AssertionError, match="the law does not hold"):
        bench.crash_everywhere(more, law=lambda _: bench.rows(Counter)[0].value == 0, schedule=schedule)


def test_a_call_that_is_refused_anyway_is_not_tried(bench: Workbench, acme: Party, path: CounterPath) -> None:
    """Nothing would be proved by its crashes."""
    again = bench.prepare(counters.create, as_=acme, body=NewCounter(name="hallo"))
    with pytest.raises(Conflict):
        bench.run(counters.create, as_=acme, body=NewCounter(name="hallo"))
    with pytest.raises(AssertionError, match="is refused even without a crash"):
        bench.crash_everywhere(again)


def test_a_fault_without_meaning_is_refused(bench: Workbench, acme: Party) -> None:
    """A test has no earlier rows that an old read could be answered from."""
    with pytest.raises(ConfigurationError, match="the fault stale has no meaning in a test"):
        bench.crash_everywhere(bench.prepare(counters.make_mark, as_=acme), faults=(Fault.STALE,))


@pytest.mark.parametrize(("use_case", "error"), [(counters.yielding, "KernelSuspended"), (counters.sleepy, "no running event loop")])
def test_what_waits_for_an_event_loop_is_named(bench: Workbench, acme: Party, use_case: object, error: str) -> None:
    """File, line and mend, and the stage can be used again."""
    with pytest.raises(AssertionError, match=rf"{error}.*counters\.py:\d+.*in a use case await the store"):
        bench.every_interleaving(*[bench.prepare(use_case, as_=acme)] * 2)
    bench.run(counters.create, as_=acme, body=NewCounter(name="still there"))


def test_a_request_that_fails_tells_what_nobody_foresaw(bench: Workbench, acme: Party) -> None:
    """The error and its place, and no 500 that says nothing."""
    fail = bench.prepare_request("POST", "/failing", as_=acme)
    told = r"request\.failed: ZeroDivisionError\('nobody foresaw it'\), raised at failing \(.*counters\.py:\d+\)"
    with pytest.raises(AssertionError, match=told):
        bench.every_interleaving(fail)


def test_nothing_to_do_proves_nothing(bench: Workbench) -> None:
    """Without a call there is nothing that could be interleaved."""
    with pytest.raises(ConfigurationError, match="no call was given"):
        bench.every_interleaving(law=lambda: False)
