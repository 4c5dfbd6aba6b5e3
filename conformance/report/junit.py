"""The report as JUnit XML, which continuous integration reads: a suite for each target, a case for each check. It knows that format alone."""

from collections.abc import Callable, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from kingpost.conformance.results import Outcome, Report, Result, counted

from .visible import visible


def junit(report: Report) -> bytes:
    """The document, in UTF-8."""
    root = Element("testsuites", _sums(report.results, "kingpost conformance", report.seconds))
    for target in report.columns:
        results = tuple(result for result in report.results if result.target == target)
        suite = SubElement(root, "testsuite", _sums(results, target, sum(result.seconds for result in results)))
        suite.set("timestamp", report.facts.started)
        for result in results:
            _case(suite, result)
    if report.broken:
        _broken(root, report.broken)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _sums(results: tuple[Result, ...], name: str, seconds: float) -> dict[str, str]:
    counts = counted(results)
    return {
        "name": name,
        "tests": str(len(results)),
        "failures": str(counts.failed),
        "errors": "0",
        "skipped": str(counts.skipped + counts.expected),
        "time": f"{seconds:.3f}",
    }


def _case(suite: Element, result: Result) -> None:
    names = {"classname": f"{result.target}.{result.component}", "name": result.check, "time": f"{result.seconds:.3f}"}
    case = SubElement(suite, "testcase", names)
    _TOLD[result.outcome](case, result)


def _failed(case: Element, result: Result) -> None:
    text = visible(result.text)
    SubElement(case, "failure", {"type": result.tier, "message": visible(result.law)}).text = text


def _skipped(case: Element, result: Result) -> None:
    SubElement(case, "skipped", {"message": visible(result.text)})


def _expected(case: Element, result: Result) -> None:
    reason, _, text = visible(result.text).partition("\n\n")
    SubElement(case, "skipped", {"message": f"expected failure: {reason}"}).text = text


def _passed(case: Element, result: Result) -> None:
    if result.note:
        SubElement(case, "system-out").text = visible(result.note)


_TOLD: Final[Mapping[Outcome, Callable[[Element, Result], None]]] = {
    "passed": _passed,
    "failed": _failed,
    "skipped": _skipped,
    "expected": _expected,
}


def _broken(root: Element, reason: str) -> None:
    """A run that did not end is an error, so that nobody takes its report for a good one."""
    suite = SubElement(root, "testsuite", {"name": "run", "tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0"})
    case = SubElement(suite, "testcase", {"classname": "run", "name": "complete", "time": "0"})
    SubElement(case, "error", {"type": "run", "message": visible(reason)})
    root.set("errors", "1")
    root.set("tests", str(int(root.get("tests", "0")) + 1))
