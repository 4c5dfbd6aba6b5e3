"""The reports: what a person reads on a console and on a page, and what programs read."""

import io
import json
import re
import time
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from kingpost.conformance.report import Console, document, junit, page, prepare, write
from kingpost.conformance.report.console import table_lines
from kingpost.conformance.report.visible import visible
from kingpost.conformance.results import Report, Result
from kingpost.conformance.runner import Runner
from kingpost.kernel.errors import ConfigurationError
from tests.conformance.rehearsal import ONE_OF_EACH, Witness, check, failing, many_results, noting, passing, plan, ran, report_of

EXPECTED = {"http.fails": "the proxy in front redirects; it is being replaced"}
VOID = {"meta", "input", "rect", "br", "link"}


class Terminal(io.StringIO):
    """A console that a person sits at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Markup(HTMLParser):
    """Checks that every element is closed, and keeps ids, classes and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it, unless it closes itself."""
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes the last one."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value for _, other, value in self.attributes if other == name]


def rehearsed() -> Report:
    """One of each outcome, an expected failure among them."""
    return ran(plan(*ONE_OF_EACH, check(failing, "http.known"), expected={"parrot": {"http.known": EXPECTED["http.fails"]}}))


def told(out: io.StringIO) -> str:
    """What a console printed of a run."""
    console, seconds = Console(out), count()
    chosen = plan(*ONE_OF_EACH, check(failing, "http.known", component="specimen"), expected={"parrot": {"http.known": "a reason"}})
    report = Runner(chosen, Witness().open, console, clock=lambda: float(next(seconds))).run()
    console.close(report)
    return out.getvalue()


GOLDEN = """\
FAILED http.fails on parrot
    law: The law http.fails holds.
    status 301, expected 404
    curl -i $'http://localhost:8000/tenant/'
parrot               http         1 passed, 1 failed, 1 skipped  (3.0 s)
FAILED http.raises on parrot
    law: The law http.raises holds.
"""
CLOSING = """\
kit                  stepping     1 passed  (1.0 s)
    stepping.notes: 812 of 812 interleavings

COMPONENT  PARROT                         KIT
http       1 passed, 1 failed, 1 skipped  -
specimen   1 failed, 1 expected           -
stepping   -                              1 passed

skipped:
  no clock to move: 1 on parrot

expected failures:
  http.known on parrot: a reason

failed:
  http.fails on parrot
  http.raises on parrot

trace of parrot (seed 0): <trace>
6 results in 13.0 s
2 passed, 2 failed, 1 skipped, 1 expected failure
"""


def test_a_console_without_a_terminal_gets_whole_lines_only() -> None:
    """Failures as they happen, a line for each component, then table, reasons and the closing line."""
    printed = re.sub(r"[0-9a-f]{64}", "<trace>", told(io.StringIO()))
    assert printed.startswith(GOLDEN)
    assert printed.endswith(CLOSING)
    assert "\r" not in printed


def test_a_terminal_gets_a_counter_that_leaves_nothing_behind() -> None:
    """The counter is overwritten by every whole line."""
    printed = told(Terminal())
    assert "\r\x1b[Kparrot               http         1 of 3  1 passed" in printed
    assert all("\r\x1b[K" not in line.removeprefix("\r\x1b[K").split("\r\x1b[K")[-1] for line in printed.splitlines())
    assert printed.splitlines()[-1] == "2 passed, 2 failed, 1 skipped, 1 expected failure"


def test_a_table_of_many_targets_is_stacked() -> None:
    """Where the table would be wider than a terminal, each component has a line for each target."""
    names = tuple(f"a-target-with-a-long-name-{number}" for number in range(6))
    lines = list(table_lines(ran(plan(check(passing), check(noting, "stepping.notes", component="stepping", once=True), targets=names))))
    assert lines[:2] == ["HTTP", "  a-target-with-a-long-name-0  1 passed"]
    assert lines[-2:] == ["STEPPING", "  kit                          1 passed"]


def test_no_reply_can_steer_a_terminal() -> None:
    """Control characters are written out, in failures and reasons alike."""
    printed = told(io.StringIO())
    assert "\x1b" not in printed
    assert "unforeseen \\x1b[31m<&>" in printed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\tb\n", "a\tb\n"),
        ("\x00\x1b\r\x7f\x9b", "\\x00\\x1b\\r\\x7f\\x9b"),
        ("\ud800", "\\ud800"),
        ("\ufffe", "\\ufffe"),
        ("Grüße ✓ 𝄞", "Grüße ✓ 𝄞"),
    ],
)
def test_what_nobody_sees_is_written_out(text: str, seen: str) -> None:
    """Everything that XML forbids or a terminal obeys becomes an escape; all other text stays."""
    assert visible(text) == seen


def test_the_document_holds_the_run_and_every_result() -> None:
    """Its members are those that its description names."""
    whole = json.loads(document(rehearsed()))
    assert list(whole) == ["format", "ended", "facts", "targets", "totals", "seconds", "results"]
    assert whole["ended"] == "complete"
    assert whole["totals"] == {"passed": 2, "failed": 2, "skipped": 1, "expected": 1}
    assert whole["targets"][0]["name"] == "parrot"
    assert len(whole["targets"][0]["trace"]) == 64
    assert list(whole["results"][0]) == ["check", "component", "tier", "law", "target", "outcome", "seconds", "note", "text"]
    assert list(whole["facts"]) == ["versions", "profile", "seed", "schedule", "backend", "components", "started"]


def test_junit_counts_what_it_holds() -> None:
    """A suite for each target; failures, skips and expected failures as continuous integration knows them."""
    root = ET.fromstring(junit(rehearsed()))  # noqa: S314  (made a line above)
    assert (root.get("tests"), root.get("failures"), root.get("skipped"), root.get("errors")) == ("6", "2", "2", "0")
    assert [suite.get("name") for suite in root] == ["parrot", "kit"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["http.passes"].get("classname") == "parrot.http"
    assert "curl -i" in (cases["http.fails"].findtext("failure") or "")
    assert "unforeseen \\x1b[31m<&>" in (cases["http.raises"].findtext("failure") or "")
    assert cases["http.skips"].find("skipped").get("message") == "no clock to move"  # type: ignore[union-attr]  # else the test fails
    assert cases["http.known"].find("skipped").get("message", "").startswith("expected failure: the proxy")  # type: ignore[union-attr]  # as above
    assert cases["stepping.notes"].findtext("system-out") == "812 of 812 interleavings"


def test_a_broken_run_is_an_error_in_junit_and_no_success_anywhere() -> None:
    """Nobody takes a run that did not end for one that passed."""
    report = replace(rehearsed(), results=(), broken="parrot: hangs")
    root = ET.fromstring(junit(report))  # noqa: S314  (made a line above)
    assert root.get("errors") == "1"
    assert [error.get("message") for error in root.iter("error")] == ["parrot: hangs"]
    assert json.loads(document(report))["ended"] == "parrot: hangs"
    assert "The run did not end" in page(report).decode()


def test_the_page_stands_alone() -> None:
    """It names no other resource, and its policy forbids to load one; every element is closed and no id stands twice."""
    text = page(rehearsed()).decode()
    markup = Markup(text)
    assert markup.open == []
    assert not markup.values("src")
    assert all(address.startswith("#") for address in markup.values("href"))
    assert "default-src 'none'" in text
    assert len(markup.values("id")) == len(set(markup.values("id")))


def test_the_page_tells_each_law_with_what_came_of_it() -> None:
    """Verdict, law, script, reasons and figures; what a target sent is text, never markup."""
    text = page(rehearsed()).decode()
    assert "2 of 5 laws are broken</h1>" in text
    assert 'value="failed" checked>' in text, "who opens a page of a broken run wants to see what is broken"
    assert "The law http.fails holds." in text
    assert "curl -i $&#x27;http://localhost:8000/tenant/&#x27;" in text
    assert "no clock to move" in text
    assert EXPECTED["http.fails"] in text
    assert "812 of 812 interleavings" in text
    assert "unforeseen \\x1b[31m&lt;&amp;&gt;" in text


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (ran(plan(check(passing))).results, "All 1 laws hold"),
        (ran(plan(check(failing))).results, "1 of 1 laws is broken"),
        (
            ran(plan(check(failing), expected={"parrot": {"http.law": "known"}})).results,
            "0 laws hold, 1 is known not to",
        ),
    ],
)
def test_the_page_opens_with_the_verdict(results: tuple[Result, ...], verdict: str) -> None:
    """A hurried reader needs the first line only."""
    assert f"{verdict}</h1>" in page(report_of(*results)).decode()


def test_a_page_of_two_thousand_results_is_small_and_quick() -> None:
    """It is made in less than a second and weighs less than a picture."""
    report = report_of(*many_results(2_000), targets=("parrot", "cockatoo"))
    begun = time.perf_counter()
    made = page(report)
    assert time.perf_counter() - begun < 1
    assert len(made) < 1_500_000
    assert made.decode().count('<li class="check"') == 1_000


def test_the_reports_are_written_side_by_side(tmp_path: Path) -> None:
    """The folder is made where it is not there."""
    folder = tmp_path / "a" / "b"
    prepare(folder)
    written = write(rehearsed(), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["junit.xml", "report.html", "report.json"]
    assert written == tuple(str(folder / name) for name in ("report.json", "junit.xml", "report.html"))


def test_a_folder_that_cannot_be_is_refused_before_anything_is_tried(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigurationError, match=r"--report .*taken"):
        prepare(tmp_path / "taken")
