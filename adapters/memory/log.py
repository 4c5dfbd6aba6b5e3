"""A log that tests read. It formats and forwards nothing."""

from collections.abc import Mapping

from msgspec import Struct

from kingpost.kernel.system import Field


class Line(Struct, frozen=True, kw_only=True):
    """One logged line; ``error`` is there for failures."""

    name: str
    fields: Mapping[str, Field]
    error: BaseException | None = None


class RecordedLog:
    """The port Log, kept in ``lines`` in the order of the calls."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def event(self, name: str, fields: Mapping[str, Field]) -> None:
        """Keep one line at INFO."""
        self.lines.append(Line(name=name, fields=dict(fields)))

    def failure(self, name: str, error: BaseException, fields: Mapping[str, Field]) -> None:
        """Keep one line at ERROR."""
        self.lines.append(Line(name=name, fields=dict(fields), error=error))

    def events(self, name: str) -> tuple[Line, ...]:
        """The lines of this name, oldest first."""
        return tuple(line for line in self.lines if line.name == name)

    @property
    def failures(self) -> tuple[Line, ...]:
        """The lines at ERROR, oldest first."""
        return tuple(line for line in self.lines if line.error is not None)
