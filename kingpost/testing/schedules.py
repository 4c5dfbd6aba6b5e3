"""Every interleaving of some calls, and every crash of one, on the kit's own stepping. It knows schedules; what must hold is said by a test."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

from msgspec import Struct

from kingpost.conformance.stepping.catalogue import CRASHES, Fault
from kingpost.conformance.stepping.harm import Retried, harmed
from kingpost.conformance.stepping.laws import Broken, Judge, Program
from kingpost.conformance.stepping.playing import Case, Stepper
from kingpost.conformance.stepping.schedule import Schedule, parse_schedule
from kingpost.conformance.stepping.scheduler import Played
from kingpost.conformance.stepping.stage import Scene, Stage
from kingpost.kernel.driving import raised_at
from kingpost.kernel.errors import ConfigurationError

from .prepared import Came, Prepared

Law: TypeAlias = Callable[..., object]
"""Is given what came of each call: a result, an answer, the condition that was raised, or what ended it. Raises ``AssertionError`` or
returns False where it does not hold. It may look at rows and run use cases; what it changes is put back."""

WITHOUT_MEANING: Final = frozenset({Fault.STALE})
"""A test has no earlier rows that an old read could be answered from."""


class Theatre(Struct, frozen=True, kw_only=True):
    """Where schedules are played, and how one looks at the rows there."""

    stage: Stage
    asking: Callable[[], None]
    """Called before a law is asked, so that what it draws by chance is not what the calls have drawn."""

    def interleaved(self, calls: tuple[Prepared, ...], law: Law | None, *, limit: int, schedule: str) -> str:
        """See ``Workbench.every_interleaving``."""
        if not calls:
            raise ConfigurationError("no call was given, so nothing would be tried: every_interleaving(one, other)")
        with self._aside() as scene:
            stepper = self._stepper(scene, calls, law, "every_interleaving")
            return stepper.replayed(parse_schedule(schedule)) if schedule else str(stepper.explored(limit=limit))

    def crashed(self, call: Prepared, law: Law | None, *, faults: tuple[Fault, ...], schedule: str) -> str:
        """See ``Workbench.crash_everywhere``."""
        for fault in WITHOUT_MEANING.intersection(faults):
            raise ConfigurationError(f"the fault {fault} has no meaning in a test, which has no earlier rows: leave it out of 'faults'")
        with self._aside() as scene:
            if schedule:
                return self._stepper(scene, (call,), law, "crash_everywhere").replayed(parse_schedule(schedule))
            tried = harmed(self.stage, self._case(scene, (call,), law, "crash_everywhere"), faults)
        calls, done = tried.pop("calls", 0), tried.pop("done", 0)
        if not done:
            raise AssertionError(f"{call} is refused even without a crash, so nothing was tried: run it first and see why")
        return f"{tried.total()} faults at {calls} calls: {', '.join(f'{kind} {number}' for kind, number in tried.items())}"

    @contextmanager
    def _aside(self) -> Generator[Scene]:
        """Afterwards everything is as it was."""
        stage = self.stage
        stage.check_nothing_is_left()
        rows = stage.snapshot()
        with stage.machine.aside():
            try:
                yield Scene(rows=rows, past=rows, now=stage.machine.clock.now())
            finally:
                stage.check_nothing_is_left()
                stage.put_back(rows)

    def _stepper(self, scene: Scene, calls: tuple[Prepared, ...], law: Law | None, verb: str) -> Stepper:
        return Stepper(self.stage, self._case(scene, calls, law, verb))

    def _case(self, scene: Scene, calls: tuple[Prepared, ...], law: Law | None, verb: str) -> Case:
        return Case(
            check=verb,
            number=0,
            program=Program(scene=scene, asked=calls),
            law=None if law is None else self._judging(law),
            settled=Retried(self.stage, scene, calls[0], lambda: calls[0]) if verb == "crash_everywhere" else None,
            again=lambda schedule: _again(verb, schedule),
        )

    def _judging(self, law: Law) -> Callable[[Judge, Played], None]:
        """The test's own law, asked where the rows stand as the run has left them, and leaving them so."""

        def judging(judge: Judge, played: Played) -> None:
            self.asking()
            kept = judge.stage.snapshot()
            try:
                held = law(*(outcome.value if isinstance(outcome, Came) else outcome for outcome in played.outcomes))
            except AssertionError:
                raise
            except Exception as error:
                raise Broken(f"the law could not be asked: {type(error).__name__}: {error}, raised at {raised_at(error)}") from error
            finally:
                judge.stage.put_back(kept)
            if held is False:
                came = ", ".join(repr(outcome.value if isinstance(outcome, Came) else outcome) for outcome in played.outcomes)
                raise Broken(f"the law does not hold after {came}")

        return judging


def _again(verb: str, schedule: Schedule) -> str:
    return f"again: {verb}(..., schedule='{str(schedule) or 0}')"


__all__ = ("CRASHES", "Fault", "Law", "Theatre")
