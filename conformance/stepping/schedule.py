"""A schedule as text: which task goes on at each step, and which fault happens where, ``0.0.1.0!ack-lost@3``. It knows no task."""

import re
from typing import Final

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError

from .catalogue import Fault

_TEXT: Final = re.compile(r"((?:\d+(?:\.\d+)*)?)(?:!([a-z-]+)@(\d+))?")


class Schedule(Struct, frozen=True, kw_only=True):
    """Who goes on. Behind the last choice the same task goes on as long as it can, then the first that can."""

    choices: tuple[int, ...] = ()
    """The number of a task, for each step."""
    fault: Fault | None = None
    at: int = 0
    """The step that the fault happens to, counted from 0."""

    def __str__(self) -> str:
        return ".".join(map(str, self.choices)) + (f"!{self.fault}@{self.at}" if self.fault is not None else "")

    def fault_at(self, step: int) -> Fault | None:
        """The fault that happens to the step."""
        return self.fault if step == self.at else None


def parse_schedule(text: str) -> Schedule:
    """The schedule; ``ConfigurationError`` says how one looks."""
    found = _TEXT.fullmatch(text)
    kinds = {str(fault): fault for fault in Fault}
    if found is None or (found[2] is not None and found[2] not in kinds):
        message = f"--schedule {text}: it must look like 0.0.1.0!ack-lost@3, the number of a task for each step and perhaps one fault of: {', '.join(kinds)}"
        raise ConfigurationError(message)
    choices = tuple(int(number) for number in found[1].split(".") if number)
    return Schedule(choices=choices, fault=kinds.get(found[2] or ""), at=int(found[3] or 0))
