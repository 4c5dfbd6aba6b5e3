"""Tells a run on a console: a line for each component while it runs, each failure as it happens, a table at the end. It knows text, no check."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, TextIO

from kingpost.conformance.results import Counts, Report, Result, counted, of_cell

from .visible import visible

_FEW: Final = 12
"""As many notes of a component are told whatever they are about."""
_WIDEST: Final = 120
"""Characters of a table."""
_LONG: Final = 1.0
"""Seconds that a check must have taken for its note to be told among many; the reports tell all."""


class Console:
    """Writes while the run goes on. On a terminal the last line counts; elsewhere only whole lines come out."""

    def __init__(self, out: TextIO) -> None:
        """``out`` decides by ``isatty`` whether there is a counter."""
        self._out = out
        self._live = out.isatty()
        self._place = ""
        self._size = 0
        self._results: list[Result] = []

    def begins(self, target: str, component: str, checks: int) -> None:
        """Remember what is counted."""
        self._place, self._size, self._results = f"{target:<20} {component:<12}", checks, []
        self._count()

    def found(self, result: Result) -> None:
        """Count it; tell a failure at once."""
        self._results.append(result)
        if result.outcome == "failed":
            self._say(*failure_lines(result))
        self._count()

    def ends(self) -> None:
        """One line for the component, and its figures."""
        seconds = sum(result.seconds for result in self._results)
        self._say(f"{self._place} {counted(tuple(self._results)).short}  ({seconds:.1f} s)")
        notes = [result for result in self._results if result.note]
        told = notes if len(notes) <= _FEW else [result for result in notes if result.seconds >= _LONG]
        self._say(*(f"    {result.check}: {_indented(result.note)}" for result in told))

    def close(self, report: Report) -> None:
        """The end of the story."""
        self._say(*summary_lines(report))

    def _count(self) -> None:
        if self._live:
            self._out.write(f"\r\x1b[K{self._place} {len(self._results)} of {self._size}  {counted(tuple(self._results)).short}")
            self._out.flush()

    def _say(self, *lines: str) -> None:
        if self._live:
            self._out.write("\r\x1b[K")
        self._out.writelines(f"{line}\n" for line in lines)
        self._out.flush()


def _indented(text: str) -> str:
    """A text whose lines after the first stand below it."""
    return visible(text).replace("\n", "\n        ")


def failure_lines(result: Result) -> Iterator[str]:
    """The law, and how it is broken."""
    yield f"FAILED {result.check} on {result.target}"
    yield f"    law: {result.law}"
    for line in visible(result.text).splitlines():
        yield f"    {line}"


def summary_lines(report: Report) -> Iterator[str]:
    """Table, reasons, traces and the closing line."""
    yield ""
    yield from table_lines(report)
    yield from _reasons(report)
    failed = [result for result in report.results if result.outcome == "failed"]
    if failed:
        yield from ("", "failed:", *(f"  {result.check} on {result.target}" for result in failed))
    yield ""
    yield from (f"trace of {target.name} (seed {report.facts.seed}): {target.trace}" for target in report.targets if target.trace)
    if report.broken:
        yield f"ended before everything was tried: {visible(report.broken)}"
    yield f"{len(report.results)} results in {report.seconds:.1f} s"
    yield report.counts.line


def table_lines(report: Report) -> Iterator[str]:
    """Components by targets; where that is wider than a terminal, a line for each target below each component."""
    heads = ("COMPONENT", *(name.upper() for name in report.columns))
    rows = [heads, *((component, *(of_cell(report, component, name).short for name in report.columns)) for component in report.components)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    if sum(widths) > _WIDEST:
        yield from _stacked(report)
        return
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _stacked(report: Report) -> Iterator[str]:
    width = max(map(len, report.columns))
    for component in report.components:
        yield component.upper()
        cells = ((name, of_cell(report, component, name)) for name in report.columns)
        yield from (f"  {name.ljust(width)}  {counts.short}" for name, counts in cells if counts != Counts())


def _reasons(report: Report) -> Iterator[str]:
    skips = Counter((result.text, result.target) for result in report.results if result.outcome == "skipped")
    if skips:
        yield from ("", "skipped:")
    for reason in dict.fromkeys(reason for reason, _ in skips):
        places = ", ".join(f"{count} on {target}" for (other, target), count in skips.items() if other == reason)
        yield f"  {visible(reason)}: {places}"
    expected = [result for result in report.results if result.outcome == "expected"]
    if expected:
        told = (f"  {result.check} on {result.target}: {visible(result.text.partition(chr(10))[0])}" for result in expected)
        yield from ("", "expected failures:", *told)
