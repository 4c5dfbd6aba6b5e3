"""The runner: every outcome, what ends a run, and that nothing is left open."""

import signal

import pytest

from kingpost.adapters.runtime.commands import conformance as command
from kingpost.conformance.check import PROFILES, Arena
from kingpost.conformance.results import Counts
from kingpost.conformance.selection import Part, Selection, selected
from kingpost.conformance.suite import PARTS, checks
from kingpost.conformance.target import Capability
from kingpost.conformance.trying import Trial
from kingpost.kernel.errors import ConfigurationError
from tests.conformance.rehearsal import (
    KIT,
    ONE_OF_EACH,
    Parrot,
    Witness,
    check,
    exiting,
    failing,
    hanging,
    interrupting,
    noting,
    passing,
    plan,
    ran,
    skipping,
    unreachable,
)

SOME = (
    Part(
        name="cases",
        checks=(
            check(passing, "http.routing.slash"),
            check(passing, "http.bytes.pipelined", tier="server"),
            check(passing, "tenancy.closed", component="tenancy", tier="edge"),
        ),
    ),
    Part(name="mutants", checks=(check(passing, "mutants.deaf", component="mutants", once=True),)),
)


def ids(selection: Selection, profile: str = "quick") -> list[str]:
    """The ids of what is selected."""
    return [chosen.id for chosen in selected(SOME, selection, PROFILES[profile])]


def test_each_outcome_is_found_and_told() -> None:
    """A check passes, fails, is skipped or stumbles, and the watcher hears of it component by component."""
    witness = Witness()
    report = ran(plan(*ONE_OF_EACH), witness)
    assert [(result.outcome, result.target) for result in report.results] == [
        ("passed", "parrot"),
        ("failed", "parrot"),
        ("skipped", "parrot"),
        ("failed", "parrot"),
        ("passed", "kit"),
    ]
    assert report.counts.line == "2 passed, 2 failed, 1 skipped"
    assert report.code == 1
    assert witness.told[:2] == ["parrot http 3", "passed http.passes on parrot"]
    assert witness.told[4:6] == ["done", "parrot specimen 1"]


def test_what_a_check_raises_unforeseen_is_told_with_its_place() -> None:
    """An error that is no broken law fails the check with a traceback and leaves the others to be tried."""
    (stumbled,) = ran(plan(ONE_OF_EACH[3])).results
    assert "ValueError: unforeseen" in stumbled.text
    assert "rehearsal.py" in stumbled.text


@pytest.mark.parametrize(("done", "code"), [(passing, 0), (failing, 1), (unreachable, 2), (hanging, 2), (interrupting, 130)])
def test_the_exit_code_tells_how_the_run_ended(done: object, code: int) -> None:
    """0 where laws hold, 1 where one is broken, 2 where a target cannot be asked, 130 where a person ended the run; the target is closed each time."""
    witness = Witness()
    assert ran(plan(check(done), seconds=0.05), witness).code == code  # type: ignore[arg-type]  # one of the fakes
    assert [target.closed for target in witness.opened] == [True]


def test_a_target_that_wants_to_end_the_run_fails_the_check() -> None:
    """``sys.exit(0)`` behind an exchange would pass for a run in which everything holds."""
    report = ran(plan(check(exiting, "http.exits"), check(passing, "http.last")))
    assert [result.outcome for result in report.results] == ["failed", "passed"]
    assert "SystemExit: 0" in report.results[0].text


def test_a_hanging_target_ends_the_run_in_one_line() -> None:
    """What was found before is kept, what follows is not tried."""
    report = ran(plan(check(passing, "http.first"), check(hanging, "http.hangs"), check(passing, "http.last"), seconds=0.05))
    assert [result.check for result in report.results] == ["http.first"]
    assert report.broken == "parrot: http.hangs was not done after 0.05 seconds; --timeout gives it longer"


def test_the_alarm_is_put_back() -> None:
    """After a run the alarm of the process is its owner's again."""
    before = signal.getsignal(signal.SIGALRM)
    ran(plan(check(hanging), seconds=0.05))
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_target_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing has a limit too, and the other targets are closed after it."""
    monkeypatch.setattr("kingpost.conformance.runner.CLOSING_SECONDS", 0.05)
    witness = Witness()
    report = ran(plan(check(passing), targets=("parrot", "stubborn")), witness)
    assert report.broken == "stubborn: it did not end within 0.05 seconds"
    assert witness.opened[0].closed


def test_a_target_that_is_not_there_ends_the_run_before_it_begins() -> None:
    """The targets that were opened before are closed."""
    witness = Witness()
    report = ran(plan(check(passing), targets=("parrot", "absent")), witness)
    assert (report.code, report.broken, report.results) == (2, "no target 'absent'", ())
    assert witness.opened[0].closed


def test_a_check_that_needs_more_than_the_target_can_is_skipped_with_the_reason() -> None:
    """The reason names what is lacking."""
    needy = check(passing, needs=frozenset({Capability.SEEDED, Capability.WEBSOCKET, Capability.BYTES}))
    (result,) = ran(plan(needy)).results
    assert (result.outcome, result.text) == ("skipped", "the target has not: bytes, websocket")


def test_a_comparison_is_made_with_those_that_are_named_else_with_the_reference() -> None:
    """Without ``--against`` a target whose time and chance are seeded is compared with the kernel on memory."""
    comparing = check(passing, compares=True)
    assert ran(plan(comparing)).targets[0].against == ("memory",)
    assert ran(plan(comparing, against=("cockatoo",))).targets[0].against == ("cockatoo",)


def test_the_reference_alone_is_compared_with_nothing() -> None:
    """A comparison of the reference with itself would hold whatever it does."""
    (result,) = ran(plan(check(passing, compares=True), targets=("memory",))).results
    assert result.outcome == "skipped"


def test_what_judges_no_target_is_tried_once() -> None:
    """However many targets there are, under the name of the kit."""
    report = ran(plan(check(noting, once=True), check(passing), targets=("parrot", "cockatoo")))
    assert [result.target for result in report.results] == ["parrot", "cockatoo", "kit"]
    assert report.columns == ("parrot", "cockatoo", "kit")


def test_the_trace_is_the_same_for_the_same_conversation_and_another_for_another() -> None:
    """The fingerprint covers what was sent and what came back."""
    one, same, other = (ran(plan(*(check(passing, f"http.{number}") for number in range(amount)))).targets[0].trace for amount in (2, 2, 3))
    assert one == same != other
    assert len(one) == 64


def test_a_target_whose_chance_is_its_own_has_no_trace() -> None:
    """No two conversations with it are equal, so none is fingerprinted."""

    class Stranger(Witness):
        def open(self, name: str) -> object:  # type: ignore[override]  # a context manager as well
            from contextlib import nullcontext

            return nullcontext(Parrot(name, capabilities=frozenset()))

    assert ran(plan(check(passing)), Stranger()).targets[0].trace == ""


def test_a_report_does_not_hold_the_credential_of_a_person() -> None:
    """A script names the variable in its place, outside of the quotes, so that a shell fills it in."""

    def telling(arena: Arena) -> str:
        raise AssertionError("sent kp_p_1\ncurl -i -H $'authorization: Bearer kp_p_1' $'http://localhost'")

    (result,) = ran(plan(check(telling), secret="kp_p_1")).results
    assert result.text == (
        "sent $KINGPOST_CONFORMANCE_KEY\ncurl -i -H $'authorization: Bearer '\"$KINGPOST_CONFORMANCE_KEY\"$'' $'http://localhost'"
    )


def test_a_command_goes_to_the_server_that_was_judged() -> None:
    """Where the target is a URL its place is taken as it is, and the host is that of the URL; in process there is only localhost."""

    def telling(arena: Arena) -> str:
        raise AssertionError("curl -i -H $'host: testserver' -H $'a: b' $'http://localhost:8000/x'")

    outside, inside = ran(plan(check(telling), targets=("https://staging.example/api/", "parrot"))).results
    assert outside.text == "curl -i -H $'a: b' $'https://staging.example/api/x'"
    assert inside.text == "curl -i -H $'host: testserver' -H $'a: b' $'http://localhost:8000/x'"


def test_a_failure_spoils_the_world() -> None:
    """After a broken law nobody can say what the target holds."""
    spoilt = []

    class Glass:
        target = Parrot()
        against = ()

        def spoil(self) -> None:
            spoilt.append(True)

    for done in (passing, skipping, failing):
        Trial().of(check(done), Glass())  # type: ignore[arg-type]  # what a trial uses of an arena
    assert spoilt == [True]


def test_the_profile_decides_about_servers_and_mutants() -> None:
    """What judges the server is for the night, mutants are not for the quick."""
    assert ids(Selection()) == ["http.routing.slash", "tenancy.closed"]
    assert ids(Selection(), "ci") == ["http.routing.slash", "tenancy.closed", "mutants.deaf"]
    assert ids(Selection(), "nightly") == ["http.routing.slash", "http.bytes.pipelined", "tenancy.closed", "mutants.deaf"]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(components=("tenancy",)), ["tenancy.closed"]),
        (Selection(tiers=("edge",)), ["tenancy.closed"]),
        (Selection(tiers=("server",)), ["http.bytes.pipelined"]),
        (Selection(parts=("mutants",)), ["mutants.deaf"]),
        (Selection(cases=("http.*",)), ["http.routing.slash", "http.bytes.pipelined"]),
        (Selection(cases=("mutants.deaf", "tenancy.closed")), ["tenancy.closed", "mutants.deaf"]),
        (Selection(cases=("http.*",), tiers=("core",)), ["http.routing.slash"]),
    ],
)
def test_what_is_asked_for_by_name_is_tried_in_every_profile(selection: Selection, chosen: list[str]) -> None:
    """Components, tiers, parts and ids narrow, and bring what the profile would leave out."""
    assert ids(selection) == chosen


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(components=("tenanzy",)), "--component tenanzy: there is no such name; did you mean 'tenancy'?"),
        (Selection(cases=("http.routing.slsh",)), "--case http.routing.slsh: no check has such an id; did you mean 'http.routing.slash'?"),
        (Selection(cases=("zebra.*",)), "--case zebra.*: no check has such an id; there is: http.routing.slash,"),
        (Selection(components=("tenancy",), tiers=("server",)), "no check is left"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_the_nearest(selection: Selection, message: str) -> None:
    """One line says what is there."""
    with pytest.raises(ConfigurationError) as refused:
        ids(selection)
    assert str(refused.value).startswith(message)


def test_counts_leave_out_what_there_is_none_of() -> None:
    """The closing line always tells passed and failed; a cell of the table tells what there is."""
    assert Counts(passed=3).line == "3 passed, 0 failed"
    assert Counts(passed=3, skipped=2, expected=1).line == "3 passed, 0 failed, 2 skipped, 1 expected failure"
    assert Counts(failed=1, expected=2).short == "1 failed, 2 expected"
    assert Counts().short == "-"


def test_the_suite_has_the_parts_that_the_command_names_and_no_id_twice() -> None:
    """The command names them without loading them."""
    found = [check.id for check in checks(KIT)]
    assert tuple(PARTS) == command.PARTS
    assert len(found) == len(set(found))
