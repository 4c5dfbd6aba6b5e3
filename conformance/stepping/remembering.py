"""What a process remembers of callers must not outlive a change that the same process has made. It knows reads of the own tenant, no cache."""

from collections.abc import Callable, Iterable, Iterator

from .laws import Act, Broken, Judge, Program, told
from .playing import Case
from .requests import Cast
from .scheduler import Played
from .stage import Scene


def remembered(cast: Cast, check: str, made: Callable[[Cast], Act], begin: Iterable[Scene]) -> Iterator[Case]:
    """The act while its tenant reads itself, in every scene."""
    reading = cast.named("tenancy.tenant.read")
    for number, scene in enumerate(begin):
        cast.stage.begin(scene)
        asked = (made(cast), cast.ask(reading, "a"))
        yield Case(check=check, number=number, program=Program(scene=scene, asked=asked), law=_fresh)


def _fresh(judge: Judge, _: Played) -> None:
    """The next request is answered as by a process that remembers nothing."""
    stage, asked = judge.stage, judge.program.asked[-1]
    remembering = told(stage.done(asked.start(stage.kernel), "next"))
    stage.forget()
    forgetful = told(stage.done(asked.start(stage.kernel), "next"))
    if remembering != forgetful:
        raise Broken(
            f"behind both, {asked} is answered {remembering[:60]} from what the process remembers, and {forgetful[:60]} from the rows"
        )
