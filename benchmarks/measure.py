"""Measures contestants side by side and judges them. It knows clocks, rounds and ratios; it knows nothing of what is measured.

Contestants take turns in short rounds, so that what disturbs the machine disturbs all of them. A contestant's value is the median of its rounds;
its ratio is the median of the ratios within each round, which the noise of the machine leaves alone.
"""

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

from msgspec import UNSET, Struct, UnsetType

Batch = Callable[[int], object]
"""Does the work this often."""
Clock = Callable[[], float]

MICROSECONDS = 1_000_000.0


class Contestant(Struct, frozen=True, kw_only=True):
    """One thing that is measured. ``baseline`` names the contestant that it is compared with; ``bar`` is the greatest ratio that passes."""

    name: str
    batch: Batch
    baseline: str | None = None
    bar: float | None = None


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a result. ``ratio`` is value / baseline; ``verdict`` says whether the ratio is within the bar, where there is one."""

    name: str
    value: float
    unit: str
    baseline: str | UnsetType = UNSET
    ratio: float | UnsetType = UNSET
    bar: float | UnsetType = UNSET
    verdict: str | UnsetType = UNSET


class Effort(Struct, frozen=True, kw_only=True):
    """How much is measured: rounds, the work of one round, and how many clients load a server at once."""

    rounds: int
    batch: int
    clients: int = 8


def compare(contestants: Sequence[Contestant], effort: Effort, *, clock: Clock = time.process_time) -> list[Row]:
    """The contestants in rounds of ``effort.batch`` each; the default clock counts this process's CPU time. Microseconds per call."""
    for contestant in contestants:
        contestant.batch(max(1, effort.batch // 5))
    samples: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    gc.collect()
    gc.freeze()
    for number in range(effort.rounds):
        turn = number % len(contestants)
        for contestant in (*contestants[turn:], *contestants[:turn]):
            started = clock()
            contestant.batch(effort.batch)
            samples[contestant.name].append((clock() - started) / effort.batch * MICROSECONDS)
    gc.unfreeze()
    return [_row(contestant, samples) for contestant in contestants]


def _row(contestant: Contestant, samples: dict[str, list[float]]) -> Row:
    mine = samples[contestant.name]
    if contestant.baseline is None:
        return Row(name=contestant.name, value=round(median(mine), 2), unit="us")
    pairs = zip(mine, samples[contestant.baseline], strict=True)
    ratio = median(own / theirs if theirs else 0.0 for own, theirs in pairs)
    return judged(Row(name=contestant.name, value=round(median(mine), 2), unit="us"), contestant.baseline, ratio, contestant.bar)


def judged(row: Row, baseline: str, ratio: float, bar: float | None = None) -> Row:
    """The row with its ratio, and the verdict where there is a bar."""
    verdict = UNSET if bar is None else "ok" if ratio <= bar else "MISSED"
    return Row(
        name=row.name,
        value=row.value,
        unit=row.unit,
        baseline=baseline,
        ratio=round(ratio, 3),
        bar=UNSET if bar is None else bar,
        verdict=verdict,
    )


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    lines = [("", "value", "unit", "ratio", "bar", "verdict", "against")]
    lines += [
        (row.name, f"{row.value:.2f}", row.unit, _number(row.ratio), _number(row.bar), _text(row.verdict), _text(row.baseline))
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(_cell(text, width, column) for column, (text, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines
    )


def _number(value: float | UnsetType) -> str:
    return "" if value is UNSET else f"{value:.2f}x"


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column in (1, 3, 4) else text.ljust(width)


def _text(value: str | UnsetType) -> str:
    return "" if value is UNSET else value
