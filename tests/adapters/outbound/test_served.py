"""One component that calls another service, served by both deployments behind real servers: the same answers, the same calls. Processes and time are real."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from tests.adapters.outbound.upstream import Step, Upstream, drips, resets, says, writes

ROOT: Final = Path(__file__).resolve().parents[3]
PATIENCE: Final = 90.0
"""Seconds for a start on a busy machine."""
SERVERS: Final = {"litestar": ["--server", "uvicorn"], "django": ["--django", "--server", "gunicorn"]}
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (find_spec("litestar") and find_spec("ninja")), reason="both deployments are compared: install both extras"),
]


class Site:
    """``kingpost serve`` with the courier, and the service that it may call."""

    def __init__(self, flags: list[str], folder: Path, upstream: Upstream) -> None:
        self.upstream = upstream
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KINGPOST_", "DJANGO_"))}
        environment = {
            **kept,
            "KINGPOST_COMPONENTS": "tenancy,tests.adapters.outbound.courier",
            "KINGPOST_HTTP_ALLOW": upstream.url,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "kingpost", "serve", "--bind", f"127.0.0.1:{self.port}", *flags]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        ends = time.monotonic() + PATIENCE  # a real server is starting
        while not self._is_there():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < ends, self.log.read_text("utf-8")  # as above
            time.sleep(0.05)  # as above

    def _is_there(self) -> bool:
        try:
            return self.ask("GET", "/livez")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str | None]:
        """Status, JSON and Retry-After of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json", "Request-Id": "r-1", **headers})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read() or b"null"), reply.getheader("Retry-After")
        finally:
            connection.close()

    def quote(self, *steps: Step, url: str = "", path: str = "/quotes") -> tuple[int, Any, str | None]:
        """What the use case answers while the service goes through these steps."""
        self.upstream.steps[:] = steps
        return self.ask(
            "POST", path, {"url": url or f"{self.upstream.url}/price?token=secret"}, traceparent=f"00-{TRACE}-00f067aa0ba902b7-00"
        )

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What the server has logged under this name."""
        read = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [line for line in read if line["event"] == event]

    def stop(self) -> int:
        """Its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """Both deployments, each with a service of its own."""
    with Upstream() as first, Upstream() as second:
        made = {
            name: Site(SERVERS[name], tmp_path_factory.mktemp(name), upstream)
            for name, upstream in zip(SERVERS, (first, second), strict=True)
        }
        yield made
        for site in made.values():
            site.process.kill()
            site.process.wait()


PRICED = says(200, b'{"price":7}', "Content-Type: application/json")
SCENES: Final[dict[str, tuple[tuple[Step, ...], tuple[int, Any]]]] = {
    "a price": ((PRICED,), (200, {"status": 200, "price": 7})),
    "a price on the second attempt": ((says(503, b"", "Retry-After: 0"), PRICED), (200, {"status": 200, "price": 7})),
    "a broken answer, then a price": (
        (resets(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), PRICED),
        (200, {"status": 200, "price": 7}),
    ),
    "a refusal": ((says(404, b"{}"),), (200, {"status": 404, "price": 0})),
    "a redirect to a cloud's credentials": ((says(302, b"", "Location: http://169.254.169.254/"),), (200, {"status": 302, "price": 0})),
    "an answer of another shape": ((says(200, b'{"cost":7}'),), (502, "upstream-invalid")),
    "a bomb": ((says(200, gzip.compress(bytes(100_000)), "Content-Encoding: gzip"),), (502, "upstream-too-large")),
    "a body that drips": ((drips(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b".", every=0.02),), (503, "upstream-timeout")),
    "another protocol": ((writes(b"SSH-2.0-x\r\n"),), (503, "upstream-unavailable")),
}


@pytest.mark.parametrize("scene", SCENES)
def test_both_answer_alike(sites: dict[str, Site], scene: str) -> None:
    """Whatever the other service does, the use case's caller is told the same by Litestar and by Django."""
    steps, (status, expected) = SCENES[scene]
    answers = {name: site.quote(*steps) for name, site in sites.items()}
    assert answers["litestar"] == answers["django"]
    told_status, told, retry_after = answers["litestar"]
    assert (told_status, told if told_status == 200 else told["code"]) == (status, expected)
    assert (retry_after is not None) == (status == 503)
    for site in sites.values():  # so that failures of one scene do not open the circuit for the next
        assert [site.quote(PRICED)[0] for _ in range(4)] == [200] * 4


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/", "http://u@x/"]
)
def test_neither_is_led_into_the_inner_network(sites: dict[str, Site], url: str) -> None:
    """422 without a reason for the caller, and the reason in the log."""
    answers = {name: site.quote(PRICED, url=url) for name, site in sites.items()}
    assert answers["litestar"] == answers["django"]
    assert (answers["litestar"][0], answers["litestar"][1]["code"]) == (422, "upstream-forbidden")
    assert not re.search(r"169|10\.0|::1|localhost", json.dumps(answers["litestar"][1]))


def test_neither_calls_inside_a_unit_of_work(sites: dict[str, Site]) -> None:
    """A bug of the component: 500, nothing is sent, and the log says what to write."""
    for site in sites.values():
        before = len(site.upstream.requests)
        assert site.quote(PRICED, path="/mistakes")[0] == 500
        assert len(site.upstream.requests) == before
        assert "unit=False" in site.lines("request.failed")[-1]["exception"]


def test_the_trace_goes_on_through_both(sites: dict[str, Site]) -> None:
    """The caller's trace with a span for each attempt arrives at the service, unsampled as it was; logs on our side have the same ids and no secret."""
    for site in sites.values():
        assert site.quote(PRICED)[0] == 200
        sent = site.upstream.requests[-1].decode()
        line = site.lines("outbound.attempt")[-1]
        assert f"traceparent: 00-{TRACE}-{line['span_id']}-00\r\n" in sent
        assert "request-id: r-1\r\n" in sent
        told = {name: line[name] for name in ("request_id", "trace_id", "target", "host", "method", "attempt", "outcome")}
        expected = {"request_id": "r-1", "trace_id": TRACE, "target": "carrier", "host": "127.0.0.1", "method": "GET", "attempt": 1}
        assert told == {**expected, "outcome": "200"}
        assert site.lines("request")[-1]["trace_id"] == TRACE
        assert "token=" not in site.log.read_text("utf-8")


def test_a_circuit_opens_and_recovers_on_both(sites: dict[str, Site]) -> None:
    """Failures open it, callers are then told at once when to come back, and one good probe closes it."""
    for site in sites.values():
        ends = time.monotonic() + PATIENCE  # until the failures outweigh what earlier scenes have left in the window
        while site.quote(says(500))[0] == 200:
            assert time.monotonic() < ends  # as above
        before = len(site.upstream.requests)
        status, told, retry_after = site.quote(PRICED)
        assert (status, told["code"], retry_after) == (503, "circuit-open", "1")
        assert len(site.upstream.requests) == before
        time.sleep(1.1)  # the pause of the circuit is real here
        assert site.quote(PRICED)[0] == 200
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
        connection.request("GET", "/metrics")
        counted = connection.getresponse().read().decode()
        connection.close()
        for outcome in ("2xx", "5xx", "refused"):  # those of this test; each worker of the tests has sites of its own
            assert f'kingpost_call_seconds_count{{outcome="{outcome}",target="carrier"}}' in counted


def test_both_stop_with_connections_open(sites: dict[str, Site]) -> None:
    """SIGTERM ends the process, and the kept connection with it, without a complaint."""
    for site in sites.values():
        assert site.stop() == 0
        assert not re.search(r"^Traceback|ResourceWarning", site.log.read_text("utf-8"), re.MULTILINE)
