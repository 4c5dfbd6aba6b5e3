"""``kingpost serve`` as a newcomer meets it: an empty folder, one command, the printed calls work; a second start; a gentle end."""

import http.client
import json
import re
import shlex
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final
from urllib.parse import urlsplit

import pytest

from .terminal import SECRET, command, environment

PATIENCE: Final = 90.0
"""Seconds for a start on a busy machine."""
GENTLE: Final = (0, -signal.SIGTERM)
"""Exit codes of a server that finished its work first; uvicorn then ends by the very signal that it was sent."""


class Served:
    """A running server and the lines it has printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._arriving: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self._arriving.put("")

    def until(self, pattern: str) -> str:
        """The first line that matches, among those printed so far or the next to come."""
        for line in self.lines:
            if re.search(pattern, line):
                return line
        while True:
            try:
                self.lines.append(self._arriving.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"{pattern!r} was not printed; printed was {self.lines}")
            if re.search(pattern, self.lines[-1]):
                return self.lines[-1]
            assert self.process.poll() is None, self.lines

    def end(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def serving(folder: Path, *flags: str, **settings: str) -> Iterator[Served]:
    """``kingpost serve`` in the folder."""
    process = subprocess.Popen(
        [*command(), "serve", *flags], cwd=folder, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def bind() -> str:
    """A loopback address whose port is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def call(printed: str) -> tuple[int, dict[str, object]]:
    """Send what a printed curl would send; status and body."""
    words = iter(shlex.split(printed))
    url, headers, body = "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "curl":
            url = word
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET" if body is None else "POST", parts.path, body, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def wait_for(bind: str) -> None:
    """Return when somebody listens there."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE * 10)):
        try:
            socket.create_connection(tuple(bind.rsplit(":", 1)), timeout=1).close()  # type: ignore[arg-type]
        except OSError:
            waiting.wait(0.1)  # the server of another process gives no other sign that every server prints
        else:
            return
    pytest.fail(f"nobody listens at {bind}")


@pytest.mark.slow
@pytest.mark.parametrize("deployment", [(), ("--django",)], ids=" ".join)
def test_a_newcomers_first_and_second_start(tmp_path: Path, bind: str, deployment: tuple[str, ...]) -> None:
    """The first start prints keys and calls that work; the second one prints no key, and its call works too."""
    components = {"COMPONENTS": "tenancy,examples.storefront"}
    with serving(tmp_path, "--bind", bind, *deployment, **components) as first:
        platform = first.until("^platform key").split()[-1]
        demo = first.until("^demo key").split()[-1]
        read, create = first.until("^try").removeprefix("try").strip(), first.until("^and").removeprefix("and").strip()
        wait_for(bind)
        status, tenant = call(read)
        assert (status, tenant["slug"]) == (200, "demo")
        assert call(create)[0] == 201
        status, tenants = call(f"curl http://{bind}/platform/tenants -H 'Authorization: Bearer {platform}'")
        assert (status, len(tenants["items"])) == (200, 1)  # type: ignore[arg-type]
        assert first.end() in GENTLE
    keys = tmp_path / "kingpost-data" / "keys.txt"
    assert keys.read_text() == f"platform_key={platform}\ndemo_key={demo}\n"
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys.parent.iterdir()} == {0o600}
    with serving(tmp_path, "--bind", bind, *deployment, **components) as second:
        assert str(keys) in second.until("^keys")
        shown = second.until("^try").removeprefix("try").strip()
        assert "kp_t_" not in shown
        filled_in = ["sh", "-c", shown.replace("curl", "printf %s", 1)]
        assert subprocess.run(filled_in, capture_output=True, text=True, check=True).stdout.count(demo) == 1
        wait_for(bind)
        assert call(read)[1]["id"] == tenant["id"]
        assert second.end() in GENTLE
        assert not any("kp_p_" in line or "kp_t_" in line for line in second.lines)


@pytest.mark.slow
@pytest.mark.parametrize("deployment", [("--server", "uvicorn"), ("--django", "--server", "gunicorn")], ids=" ".join)
def test_several_processes_are_counted_together(tmp_path: Path, bind: str, deployment: tuple[str, ...]) -> None:
    """Whichever process answers ``/metrics`` speaks for all."""
    with serving(tmp_path, "--bind", bind, "--workers", "2", *deployment) as served:
        read = served.until("^try").removeprefix("try").strip()
        wait_for(bind)
        assert {call(read)[0] for _ in range(20)} == {200}
        connection = http.client.HTTPConnection(*bind.split(":"), timeout=PATIENCE)
        connection.request("GET", "/metrics")
        told = connection.getresponse().read().decode()
        connection.close()
        assert 'kingpost_request_seconds_count{method="GET",operation="tenancy.tenant.read",status="2xx"} 20.0' in told
        assert served.end() in GENTLE


@pytest.mark.slow
def test_a_database_of_ones_own_gets_no_demo_and_no_printed_key(tmp_path: Path, bind: str) -> None:
    """Not migrated, it is said; the process starts and is not ready."""
    with serving(tmp_path, "--bind", bind, DATABASE=f"sqlite:///{tmp_path}/own.sqlite3", SECRET=SECRET) as served:
        assert "kingpost migrate" in served.until("not ready yet")
        wait_for(bind)
        assert call(f"curl http://{bind}/readyz") == (503, {"status": "fail"})
        assert call(f"curl http://{bind}/livez") == (200, {"status": "pass"})
        assert served.end() in GENTLE
        assert not any("kp_" in line for line in served.lines)
    assert not (tmp_path / "kingpost-data").exists()
