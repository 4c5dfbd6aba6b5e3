"""What calls to other services are made of: what a component may put into them, and what they tell about themselves."""

from typing import Any

import pytest
from msgspec import Struct

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, RecordedLog, SeededEntropy
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import Breaking, HttpReply, HttpRequest, Retries, Target, UpstreamInvalid
from kingpost.kernel.system import System

TARGET = Target(name="rates")


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """What a service might answer."""

    percent: int


@pytest.mark.parametrize("name", ["", "Rates", "rates/eu", "1st", "x" * 41, "tenant_acme", "é"])
def test_a_name_that_is_no_label_is_refused(name: str) -> None:
    """It labels metrics and log lines."""
    with pytest.raises(ConfigurationError, match="label of metrics"):
        Target(name=name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0.0},
        {"reply_limit": 0},
        {"concurrency": 0},
        {"retries": Retries(attempts=0)},
        {"retries": Retries(first_wait=-1.0)},
        {"breaking": Breaking(failures=0.0)},
        {"breaking": Breaking(failures=1.1)},
        {"breaking": Breaking(window=0.0)},
        {"breaking": Breaking(slow=0.0)},
        {"breaking": Breaking(probes=0)},
    ],
)
def test_numbers_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    """When the module of the component is imported, not in a request."""
    with pytest.raises(ConfigurationError, match="'rates'"):
        Target(name="rates", **wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("Host", "x"),
            ("content-length", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "close"),
            ("traceparent", "00"),
            ("Request-Id", "1"),
        ),
        *(
            ("X Y", "1"),
            ("", "1"),
            ("X:", "1"),
            ("X-A", "1\r\nHost: evil"),
            ("X-A", "a\nb"),
            ("X-A", "\0"),
            ("X-A", " padded "),
            ("X-A", "日"),
        ),
    ],
)
def test_a_header_that_is_not_the_components_is_refused(name: str, value: str) -> None:
    """Framing, hop-by-hop and tracing headers are the client's; a value cannot smuggle a line."""
    with pytest.raises(ConfigurationError, match="header"):
        HttpRequest(target=TARGET, method="GET", url="https://x.example/", headers=((name, value),))


def test_headers_are_found_by_their_name() -> None:
    """Whatever their case on the way out; the first of several."""
    request = HttpRequest(target=TARGET, method="GET", url="https://x.example/", headers=(("Accept", "a"), ("accept", "b"), ("X-E", "")))
    assert (request.header("accept"), request.header("x-e"), request.header("cookie")) == ("a", "", None)
    assert HttpReply(status=200, headers=(("etag", "1"), ("etag", "2"))).header("etag") == "1"


def test_neither_shows_what_may_be_secret() -> None:
    """Error trackers print what they find in a traceback: no query, no header, no body."""
    request = HttpRequest(
        target=TARGET, method="POST", url="https://x.example/a?token=secret", headers=(("Authorization", "secret"),), body=b"secret"
    )
    assert repr(request) == "HttpRequest('rates', POST 'https://x.example/a', 6 bytes)"
    assert repr(HttpReply(status=200, headers=(("set-cookie", "secret"),), body=b"secret")) == "HttpReply(200, 6 bytes)"


def test_a_reply_decodes_into_a_type() -> None:
    """JSON of a success, into the type that the component expects."""
    assert HttpReply(status=201, body=b'{"percent":19}').decode(Rate) == Rate(19)


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b'{"percent":19}'), (302, b"{}"), (200, b""), (200, b"{"), (200, b'{"percent":"19"}'), (200, b"\xff"), (200, b"[" * 100_000)],
)
def test_what_does_not_decode_is_invalid(status: int, body: bytes) -> None:
    """Another status, no JSON, another shape: the service's fault, told as 502 with its status and none of its text."""
    with pytest.raises(UpstreamInvalid) as invalid:
        HttpReply(status=status, body=body).decode(Rate)
    assert invalid.value.params == {"status": status}


def test_a_machine_without_a_client_says_what_to_give_it() -> None:
    """The default ports refuse, with the mend."""
    system = System(clock=MemoryClock(), entropy=SeededEntropy(), log=RecordedLog(), metrics=MemoryMetrics())
    with pytest.raises(ConfigurationError, match=r"'rates' .* System\(http=\.\.\., sleeper=\.\.\.\)"):
        drive(system.http.send(request=HttpRequest(target=TARGET, method="GET", url="https://x.example/"), seconds=1))
    with pytest.raises(ConfigurationError, match=r"System\(sleeper=\.\.\.\)"):
        drive(system.sleeper.sleep(seconds=1))
