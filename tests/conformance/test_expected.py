"""Expected failures: a list for each target, with reasons, and strict."""

from pathlib import Path

import pytest

from kingpost.conformance.expected import read, stale, written_for
from kingpost.conformance.expected.reading import FOLDER
from kingpost.conformance.suite import checks
from kingpost.kernel.errors import ConfigurationError
from tests.conformance.rehearsal import KIT, check, failing, passing, plan, ran, skipping

KNOWN = {"parrot": {"http.law": "the proxy redirects"}}


def written(folder: Path, text: str) -> Path:
    """A list with this text."""
    path = folder / "list.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_names_checks_with_reasons(tmp_path: Path) -> None:
    """With quotes or without, the dots belong to the id."""
    text = '"http.routing.slash" = "the proxy redirects"\ntenancy.closed = "it is being closed"\n'
    assert read(written(tmp_path, text)) == {"http.routing.slash": "the proxy redirects", "tenancy.closed": "it is being closed"}


@pytest.mark.parametrize(
    "text", ['"http.law" = ""', '"http.law" = "  "', '"http.law" = 1', '"http.law" = ["x"]', "not toml", '"a" = "b"\n"a" = "c"']
)
def test_a_list_without_reasons_is_refused(tmp_path: Path, text: str) -> None:
    """One line names the file."""
    with pytest.raises(ConfigurationError, match=r"--expected .*list\.toml: [^\n]+$"):
        read(written(tmp_path, text))


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """One line names the file."""
    with pytest.raises(ConfigurationError, match=r"--expected .*absent\.toml: No such file"):
        read(tmp_path / "absent.toml")


def test_targets_without_a_list_are_expected_to_keep_every_law() -> None:
    """No name of a target leads out of the folder of the lists."""
    assert written_for("parrot") == {}
    assert written_for("../../pyproject") == {}


def test_an_expected_failure_does_not_fail_the_run() -> None:
    """Its reason comes before what was found."""
    report = ran(plan(check(failing), expected=KNOWN))
    (result,) = report.results
    assert (result.outcome, report.code) == ("expected", 0)
    assert result.text.startswith("the proxy redirects\n\nstatus 301")


def test_an_expected_failure_that_passes_fails_the_run() -> None:
    """What is mended leaves the list."""
    report = ran(plan(check(passing), expected=KNOWN))
    (result,) = report.results
    assert (result.outcome, report.code) == ("failed", 1)
    assert result.text == "It passes, but is expected to fail: the proxy redirects\nTake it off the list of expected failures."


def test_an_expected_failure_that_cannot_be_tried_is_skipped() -> None:
    """Nothing can be said of it."""
    assert ran(plan(check(skipping), expected=KNOWN)).counts.skipped == 1


def test_an_entry_that_names_no_check_fails_the_run() -> None:
    """No check disappears unseen; one that this run leaves out is still a check."""
    known = {"parrot": {"http.lav": "a slip of the pen", "http.other": "not tried today"}}
    report = ran(plan(check(passing), every=(check(passing), check(passing, "http.other")), expected=known))
    assert [result.check for result in report.results if result.outcome == "failed"] == ["expected.http.lav"]
    assert "did you mean 'http.law'?" in report.results[-1].text


def test_expectations_of_one_target_are_not_those_of_another() -> None:
    """Each target has a list of its own."""
    report = ran(plan(check(failing), targets=("parrot", "cockatoo"), expected=KNOWN))
    assert [result.outcome for result in report.results] == ["expected", "failed"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_lists_of_the_kit_name_checks_of_the_kit(path: Path) -> None:
    """No list outlives a check, and each reason is a sentence."""
    expected = read(path)
    assert not [result.text for result in stale(expected, path.stem, [check.id for check in checks(KIT)])]
    assert all(reason.endswith(".") for reason in expected.values())
