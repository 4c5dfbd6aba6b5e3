"""Laws of the log: one line per event whatever is in it, one line per exception, never an error of its own."""

import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.runtime.log import Fields, Level, LineLog, StdlibLog, json_line, text_line
from kingpost.kernel.system import Field

FIELDS = st.dictionaries(
    st.text(max_size=8),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None, categories=None)),
    max_size=4,
)


class Lines(list[bytes]):
    """Collects what is written."""

    def log(self, *, text: bool = False) -> LineLog:
        """A log that writes here."""
        return LineLog(text_line if text else json_line, write=self.append)


def test_an_event_is_one_line_of_json() -> None:
    """Time, level, name and fields stand in one object."""
    lines = Lines()
    lines.log().event("request", {"status": 200, "tenant": None})
    told = json.loads(lines[0])
    assert (told["level"], told["event"], told["status"], told["tenant"]) == ("info", "request", 200, None)
    assert told["time"].endswith("Z")
    assert lines[0].endswith(b"}\n")


def test_an_exception_is_one_line_with_its_traceback() -> None:
    """A log collector sees one event at ERROR."""
    lines = Lines()
    try:
        "".index("first\nsecond")
    except ValueError as error:
        lines.log().failure("request.failed", error, {"request_id": "r"})
    (line,) = lines
    told = json.loads(line)
    assert line.count(b"\n") == 1
    assert (told["level"], told["request_id"]) == ("error", "r")
    assert "test_log.py" in told["exception"]
    assert told["exception"].endswith("ValueError: substring not found\n")


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "a\u2028b", "a\u202eb", "\x9b31m", "\x7f", "\x00", "lone \ud800"])
@pytest.mark.parametrize("form", [json_line, text_line])
def test_nothing_in_a_value_can_forge_a_line(text: str, form: Callable[[Level, str, Fields], bytes]) -> None:
    """Line breaks, terminal escapes and bidirectional marks are escaped."""
    line = form("info", "event", {"value": text})
    assert line.count(b"\n") == 1
    assert line.decode("ascii").rstrip("\n").isprintable()


@given(name=st.text(max_size=8), fields=FIELDS)
def test_every_field_is_printed_on_one_ascii_line(name: str, fields: dict[str, Field]) -> None:
    """No field makes the log raise, in either form."""
    for form in (json_line, text_line):
        line = form("info", name, fields)
        assert line.decode("ascii").rstrip("\n").isprintable()
        assert line.endswith(b"\n")


def test_text_lines_show_pairs_and_an_indented_traceback() -> None:
    """For people: key=value, empty ones left out, quoted where needed."""
    line = text_line("error", "request.failed", {"a": 1, "b": "x y", "c": None, "exception": "Traceback\n  at"}).decode()
    head, *trace = line.splitlines()
    assert head.partition(" ")[2] == 'ERROR request.failed a=1 b="x y"'
    assert trace == ["    Traceback", "      at"]


def test_a_closed_stream_does_not_fail_a_request() -> None:
    """Nobody reads any more: the line is lost, the request is not."""

    def closed(line: bytes) -> None:
        raise BrokenPipeError

    log = LineLog(json_line, write=closed)
    assert log.event("request", {}) is None


def test_lines_go_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output is for what a command prints."""
    LineLog(json_line).event("hello", {})
    out, err = capfd.readouterr()
    assert out == ""
    assert json.loads(err)["event"] == "hello"


def test_inside_a_host_its_logging_gets_the_records(caplog: pytest.LogCaptureFixture) -> None:
    """The logger is ``kingpost``; the fields are attributes for the host's own formatter, the exception is a real one."""
    caplog.set_level(logging.INFO, "kingpost")
    error = LookupError("x")
    StdlibLog().event("request", {"status": 200, "note": "a b\n"})
    StdlibLog().failure("request.failed", error, {"status": 500})
    event, failure = caplog.records
    assert (event.levelname, event.getMessage(), event.kingpost["status"]) == ("INFO", 'request status=200 note="a b\\n"', 200)
    assert (failure.levelname, failure.getMessage()) == ("ERROR", "request.failed status=500")
    assert failure.exc_info is not None
    assert failure.exc_info[1] is error


def test_a_host_that_wants_no_events_pays_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Below its level nothing is made."""
    caplog.set_level(logging.WARNING, "kingpost")
    StdlibLog().event("request", {})
    assert not caplog.records
