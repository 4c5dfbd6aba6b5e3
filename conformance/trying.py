"""Tries one check on one target and says what came of it. It knows the outcomes and their reasons; it opens and prints nothing."""

import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final

from msgspec import Struct, structs

from .alarm import limited
from .backend import HOST
from .check import Arena, Check, Skipped
from .results import KIT, Outcome, Result
from .target import Unreachable

KEY: Final = "KINGPOST_CONFORMANCE_KEY"
"""The environment variable with the platform credential of targets that are URLs."""
LOCAL: Final = "http://localhost:8000"
"""Where a command goes that repeats an exchange with a target in process."""
NOTHING_EXPECTED: Mapping[str, str] = {}


class Trial(Struct, frozen=True, kw_only=True):
    """How a check is tried."""

    expected: Mapping[str, str] = NOTHING_EXPECTED
    """The ids of the checks that are expected to fail on this target, each with its reason."""
    seconds: float = 300.0
    """How long one check may take before the target counts as hanging."""
    secret: str = ""
    """The credential that a person gave. Reports are passed around, so a script names the variable that holds it."""
    clock: Callable[[], float] = perf_counter

    def of(self, check: Check, arena: Arena) -> Result:
        """The result. ``Unreachable`` and ``Hung`` are raised: where a target cannot be asked, nothing can be said of it."""
        target = KIT if check.once else arena.target.name
        begun = self.clock()
        with limited(self.seconds, f"{target}: {check.id} was not done after {self.seconds:g} seconds; --timeout gives it longer"):
            outcome, note, text = _tried(check, arena)
        if outcome == "failed":
            arena.spoil()
        found = Result(
            check=check.id,
            component=check.component,
            tier=check.tier,
            law=check.law,
            target=target,
            outcome=outcome,
            seconds=self.clock() - begun,
            note=note,
            text=_without(self.secret, _at(target, text)),
        )
        return _as_expected(found, self.expected.get(check.id))


def _tried(check: Check, arena: Arena) -> tuple[Outcome, str, str]:
    """Outcome, note and text."""
    reason = _untried(check, arena)
    if reason:
        return "skipped", "", reason
    try:
        return "passed", check.run(arena), ""
    except Skipped as skipped:
        return "skipped", "", str(skipped)
    except Unreachable:
        raise
    except AssertionError as broken:
        return "failed", "", str(broken) or _traced(broken)
    except (Exception, SystemExit) as unforeseen:  # noqa: BLE001  (whatever a target does must not end the run of the others)
        return "failed", "", _traced(unforeseen)


def _untried(check: Check, arena: Arena) -> str:
    """Why the check cannot be tried here; empty where it can."""
    lacking = sorted(check.needs - arena.target.capabilities)
    if lacking:
        return f"the target has not: {', '.join(lacking)}"
    if check.compares and not arena.against:
        return "there is no target to compare with: --against"
    return ""


def _at(target: str, text: str) -> str:
    """The text with its commands addressed to the server that was judged, where that is a URL; curl then names the host itself."""
    return text.replace(LOCAL, target.rstrip("/")).replace(f"-H $'host: {HOST}' ", "") if "://" in target else text


def _without(secret: str, text: str) -> str:
    """The text with the credential's place taken by the variable, in a command outside of its quotes (``$'...'``), so that a shell fills it in."""
    if not secret:
        return text
    filled = (f"'\"${KEY}\"$'" if line.startswith("curl ") else f"${KEY}" for line in text.split("\n"))
    return "\n".join(line.replace(secret, place) for line, place in zip(text.split("\n"), filled, strict=True))


def _traced(error: BaseException) -> str:
    """What an error says that is no broken law, or a broken one that says nothing."""
    return "".join(traceback.format_exception(error)).strip()


def _as_expected(found: Result, reason: str | None) -> Result:
    """The result in the light of an expectation, which is strict: what was expected to fail and does not is a failure."""
    if reason is None or found.outcome == "skipped":
        return found
    if found.outcome == "failed":
        return structs.replace(found, outcome="expected", text=f"{reason}\n\n{found.text}")
    return structs.replace(
        found, outcome="failed", text=f"It passes, but is expected to fail: {reason}\nTake it off the list of expected failures."
    )
