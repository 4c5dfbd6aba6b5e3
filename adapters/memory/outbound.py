"""Other services and waiting, as tests script them. It opens no connection and lets no real time pass."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import Headers, HttpReply, HttpRequest

from .clock import MemoryClock

Answer: TypeAlias = HttpReply | BaseException | Callable[[HttpRequest], HttpReply]


class Sent(Struct, frozen=True, kw_only=True):
    """One request as it went out."""

    request: HttpRequest
    seconds: float
    stamp: Headers


class ScriptedHttp:
    """The port Http from a script: one answer for each attempt, in order. An exception is raised, a function is asked.

    ``otherwise`` answers what is beyond the script; without it ``ConfigurationError`` says what was sent. Nothing is guarded: any URL will do.
    """

    def __init__(self, *answers: Answer, otherwise: Answer | None = None) -> None:
        self.answers = list(answers)
        self.otherwise = otherwise
        self.sent: list[Sent] = []

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:
        """The next answer."""
        self.sent.append(Sent(request=request, seconds=seconds, stamp=stamp))
        answer = self.answers.pop(0) if self.answers else self.otherwise
        if answer is None:
            message = f"nothing is scripted for {request!r}, attempt {len(self.sent)}: give ScriptedHttp one more answer, or otherwise="
            raise ConfigurationError(message)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, HttpReply) else answer(request)

    def forget(self) -> None:
        """Begin again, without a script."""
        self.answers.clear()
        self.otherwise = None
        self.sent.clear()


class MemorySleeper:
    """The port Sleeper over a clock that stands still: what was slept is kept, and the clock moved by it."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock
        self.slept: list[float] = []

    async def sleep(self, *, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self._clock.advance(seconds)
