"""The report as one page of HTML that a person reads. It knows markup; the look is ``page.css``, the filter ``page.js``, both inside the page."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from kingpost.conformance.results import Counts, Outcome, Report, Result, counted, of_cell

from .visible import visible

_FOLDER: Final = Path(__file__).parent
_MARKS: Final[dict[Outcome, str]] = {"passed": "✓", "failed": "✕", "skipped": "○", "expected": "≈"}
_WORDS: Final[dict[Outcome, str]] = {"passed": "passed", "failed": "failed", "skipped": "skipped", "expected": "failed as expected"}


def page(report: Report) -> bytes:
    """The page, in UTF-8. It loads nothing, and its policy (CSP 3) lets it load nothing."""
    style, script = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    body = "\n".join((*_header(report), *_matrix(report), *_filters(report), *_checks(report), *_facts(report)))
    whole = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}">
<title>{_text(_verdict(report))} · Kingpost conformance</title>
<style>{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""
    return whole.encode()


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(text: str) -> str:
    return escape(visible(text))


def _verdict(report: Report) -> str:
    """What a hurried reader wants to know. A law is broken where it is broken on one target."""
    tried = {result.check for result in report.results if result.outcome != "skipped"}
    failed, expected = (len({result.check for result in report.results if result.outcome == outcome}) for outcome in ("failed", "expected"))
    if report.broken:
        return "The run did not end"
    if failed:
        return f"{failed:,} of {len(tried):,} laws {'is' if failed == 1 else 'are'} broken"
    if expected:
        return f"{len(tried) - expected:,} laws hold, {expected:,} {'is' if expected == 1 else 'are'} known not to"
    return f"All {len(tried):,} laws hold"


def _grouped(text: str) -> str:
    """A text whose numbers are easy to read."""
    return re.sub(r"\d{4,}", lambda match: f"{int(match[0]):,}", text)


def _moment(started: str) -> str:
    """A time to the minute, for people."""
    return f"{started[:16].replace('T', ' ')} UTC"


def _header(report: Report) -> Iterator[str]:
    sound = not report.broken and not report.counts.failed
    judged = ", ".join(target.name + (f" (against {', '.join(target.against)})" if target.against else "") for target in report.targets)
    yield '<header class="column">'
    yield f'<p class="overline">Kingpost conformance · {_text(_moment(report.facts.started))} · {report.seconds:.1f} seconds</p>'
    yield f'<h1 class="{"holds" if sound else "fails"}">{_text(_verdict(report))}</h1>'
    yield f'<p class="lead">{_text(judged)}: {_grouped(report.counts.line)}.</p>'
    if report.broken:
        yield f'<p class="lead">It was ended before everything was tried: {_text(report.broken)}</p>'
    yield "</header>"
    yield '<main class="column">'


def _matrix(report: Report) -> Iterator[str]:
    """Components by targets; each cell leads to its checks."""
    heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in report.columns)
    yield '<h2>Components</h2><div class="wide"><table class="matrix">'
    yield f'<thead><tr><th scope="col">Component</th>{heads}</tr></thead><tbody>'
    for component in report.components:
        cells = "".join(f"<td>{_cell(of_cell(report, component, name), component, name)}</td>" for name in report.columns)
        yield f'<tr><th scope="row">{_text(component)}</th>{cells}</tr>'
    sums = (counted(tuple(result for result in report.results if result.target == name)) for name in report.columns)
    yield f'</tbody><tfoot><tr><th scope="row">Together</th>{"".join(f"<td>{_figures(each)}</td>" for each in sums)}</tr></tfoot>'
    yield "</table></div>"


def _cell(counts: Counts, component: str, target: str) -> str:
    if counts == Counts():
        return '<span class="small">not tried</span>'
    places = f'data-component="{_text(component)}" data-target="{_text(target)}"'
    outcome = ' data-outcome="failed"' if counts.failed else ""
    return f'<a href="#checks" {places}{outcome}>{_figures(counts)}</a>{_bar(counts)}'


def _figures(counts: Counts) -> str:
    """The number that matters, and the others in small."""
    first, others = counts.short, ""
    if counts.failed:
        first, others = f"{counts.failed} failed", msgspec.structs.replace(counts, failed=0).short
    elif counts.passed:
        first, others = f"{counts.passed} passed", msgspec.structs.replace(counts, passed=0).short
    small = f' <span class="small">{others}</span>' if others.strip("-") else ""
    return f'<span class="figures{" bad" if counts.failed else ""}">{_grouped(first)}</span>{_grouped(small)}'


def _bar(counts: Counts) -> str:
    """The shares of a cell as a line; it says nothing that the figures do not."""
    whole = counts.passed + counts.failed + counts.skipped + counts.expected
    parts, at = "", 0.0
    for name, count in (("passed", counts.passed), ("expected", counts.expected), ("failed", counts.failed)):
        width = 100 * count / whole
        parts += f'<rect class="{name}" x="{at:.2f}" width="{width:.2f}" height="3"/>' if count else ""
        at += width
    return f'<svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>'


def _filters(report: Report) -> Iterator[str]:
    counts = report.counts
    amounts = {
        "": len(report.results),
        "failed": counts.failed,
        "expected": counts.expected,
        "skipped": counts.skipped,
        "passed": counts.passed,
    }
    yield '<h2 id="checks">Checks</h2>'
    yield '<form class="filters" role="search">'
    yield '<input type="search" name="text" placeholder="Words of a law, an id, an answer" aria-label="Text">'
    yield '<fieldset><legend class="seen-by-readers">Outcome</legend>'
    for outcome, amount in amounts.items():
        if amount or not outcome:
            checked = " checked" if outcome == ("failed" if counts.failed else "") else ""
            yield f'<label><input type="radio" name="outcome" value="{outcome}"{checked}> {outcome or "all"} {amount:,}</label>'
    yield "</fieldset>"
    yield from _choice("component", "Every component", report.components)
    yield from _choice("target", "Every target", report.columns)
    yield '<output name="shown"></output></form>'


def _choice(name: str, every: str, values: tuple[str, ...]) -> Iterator[str]:
    yield f'<select name="{name}" aria-label="{name.capitalize()}"><option value="">{every}</option>'
    yield "".join(f"<option>{_text(value)}</option>" for value in values)
    yield "</select>"


def _checks(report: Report) -> Iterator[str]:
    """Every check once, with what came of it on each target."""
    found: dict[str, list[Result]] = {}
    for result in report.results:
        found.setdefault(result.check, []).append(result)
    order = report.components
    checks = sorted(found.values(), key=lambda results: order.index(results[0].component))
    for component, group in groupby(checks, key=lambda results: results[0].component):
        yield f'<section class="component"><h2>{_text(component)}</h2><ul class="checks">'
        for results in group:
            yield from _check(results)
        yield "</ul></section>"


def _check(results: list[Result]) -> Iterator[str]:
    first = results[0]
    name = _text(first.check)
    yield f'<li class="check" id="{name}" data-component="{_text(first.component)}"><p class="law">{_text(first.law)}</p>'
    outcomes = "".join(map(_outcome, results))
    yield f'<p class="about"><a class="id" href="#{name}">{name}</a><span>{first.tier}</span>{outcomes}</p>'
    for result in results:
        yield from _story(result)
    yield "</li>"


def _outcome(result: Result) -> str:
    places = f'class="{result.outcome}" data-outcome="{result.outcome}" data-target="{_text(result.target)}"'
    return f"<span {places}><b>{_MARKS[result.outcome]}</b> {_text(result.target)} {_WORDS[result.outcome]}, {_time(result.seconds)}</span>"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _story(result: Result) -> Iterator[str]:
    """Why it failed or was skipped, or the figures that it tells."""
    target = _text(result.target)
    if result.outcome == "failed":
        yield f'<details class="story failed" open><summary>{target}</summary>{_pre(result.text)}</details>'
    elif result.outcome == "expected":
        reason, _, text = result.text.partition("\n\n")
        yield f'<details class="story"><summary>{target}: {_text(reason)}</summary>{_pre(text)}</details>'
    elif result.text or result.note:
        yield f'<div class="story"><p>{target}: {_text(result.text or result.note)}</p></div>'


def _pre(text: str) -> str:
    return f'<pre><button type="button" class="copy">Copy</button><code>{_text(text)}</code></pre>'


def _facts(report: Report) -> Iterator[str]:
    facts = report.facts
    versions = ", ".join(f"{name} {number}" for name, number in facts.versions.items())
    yield "<h2>The run</h2><dl>"
    pairs = [
        ("Profile", facts.profile),
        ("Seed", str(facts.seed)),
        *((("Schedule", facts.schedule),) if facts.schedule else ()),
        ("Backend", facts.backend),
        ("Components", ", ".join(facts.components)),
        ("Versions", versions),
        *((f"Trace of {target.name}", target.trace) for target in report.targets if target.trace),
        *((f"{target.name} can", ", ".join(target.capabilities)) for target in report.targets),
    ]
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in pairs)
    yield "</dl></main>"
    yield '<footer class="column">Made by <code>kingpost conformance</code>. This page loads nothing from anywhere.</footer>'
