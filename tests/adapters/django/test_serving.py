"""The standalone site behind real servers on the loopback interface. It knows command lines and HTTP, and nothing of Django."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
PATIENCE: Final = 90.0
"""Seconds for a start on a busy machine."""
SECRET: Final = "c2VydmVycy1vZi10ZXN0cy1hbmQtbm90aGluZy1lbHNl"
WSGI, ASGI = "kingpost.adapters.django_app.wsgi:application", "kingpost.adapters.django_app.asgi:application"
KINGPOST: Final = [sys.executable, "-m", "kingpost"]

SERVERS: Final = {
    "granian": [*KINGPOST, "serve", "--django", "--server", "granian"],
    "gunicorn": [*KINGPOST, "serve", "--django", "--server", "gunicorn"],
    "uvicorn": [*KINGPOST, "serve", "--django", "--server", "uvicorn"],
    "gunicorn sync": [sys.executable, "-m", "gunicorn", "--worker-class", "sync", WSGI, "--bind"],
    "granian asgi": [sys.executable, "-m", "granian", "--interface", "asgi", ASGI],
}


class Site:
    """A running server and a key of its platform."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", port: int, key: str) -> None:
        self.name = name
        self.process = process
        self.port = port
        self._key = key

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        named = {name.replace("__", "-"): value for name, value in headers.items()}
        try:
            connection.request(
                method, target, body, {"Authorization": f"Bearer {self._key}", **named}, encode_chunked=not isinstance(body, str | None)
            )
            reply = connection.getresponse()
            content = reply.read()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, json.loads(content) if content else None
        finally:
            connection.close()

    def declare(self, length: int) -> int:
        """The status of a request that declares a length and sends nothing of it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            lines = (
                "POST /platform/tenants HTTP/1.1",
                "Host: localhost",
                f"Content-Length: {length}",
                "Content-Type: application/json",
                "",
                "",
            )
            connection.sendall("\r\n".join(lines).encode())
            return int(re.match(rb"HTTP/1.1 (\d+)", connection.recv(64))[1])  # type: ignore[index]


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Each server in turn, over a migrated SQLite file."""
    folder = tmp_path_factory.mktemp("site")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KINGPOST_", "DJANGO_"))}
    settings = {
        "DATABASE": f"sqlite:///{folder}/site.sqlite3",
        "SECRET": SECRET,
        "HOSTS": "localhost,127.0.0.1",
        "BIND": f"127.0.0.1:{port}",
    }
    environment = {**kept, **{f"KINGPOST_{name}": value for name, value in settings.items()}, "PYTHONPATH": str(ROOT)}
    subprocess.run([*KINGPOST, "migrate"], cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    made = subprocess.run([*KINGPOST, "bootstrap"], cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    arguments = SERVERS[request.param]
    place = [f"127.0.0.1:{port}"] if arguments[-1] == "--bind" else ["--port", str(port)] if "asgi" in arguments else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*arguments, *place], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(process, port, folder / "log")
            yield Site(request.param, process, port, made.stdout.decode().split()[0])
        finally:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    waiting = threading.Event()
    for _ in range(int(PATIENCE * 10)):
        assert process.poll() is None, log.read_text()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/livez")
            assert connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            waiting.wait(0.1)  # the server of another process gives no other sign that every server prints
        else:
            return
        finally:
            connection.close()
    pytest.fail(f"nobody answers at port {port}: {log.read_text()}")


@pytest.mark.slow
class TestBehindARealServer:
    """What only a server can show."""

    def test_it_is_ready(self, site: Site) -> None:
        """The schema that Alembic made is Django's too."""
        assert site.ask("GET", "/readyz")[0] == 200

    def test_a_tenant_is_made_and_read(self, site: Site) -> None:
        """With a length, and in chunks, which Django itself would not see under WSGI."""
        body = json.dumps({"slug": "acme", "name": "Acme"})
        status, headers, made = site.ask("POST", "/platform/tenants", body, Content__Type="application/json")
        assert (status, headers["location"]) == (201, f"/platform/tenants/{made['tenant']['id']}")
        pieces = iter([b'{"slug": "in-chunks", ', b'"name": "Chunks"}'])
        chunked = {"Content__Type": "application/json", "Transfer__Encoding": "chunked"}
        assert site.ask("POST", "/platform/tenants", pieces, **chunked)[0] == 201
        found = site.ask("GET", headers["location"])
        assert (found[0], found[2]["slug"]) == (200, "acme")
        assert found[1]["content-type"] == "application/json"

    def test_a_declared_length_beyond_the_limit_is_refused_at_once(self, site: Site) -> None:
        """413 before anything of the body was sent."""
        assert site.declare(10_000_000_000) == 413

    def test_broken_paths_are_told_apart(self, site: Site) -> None:
        """Invalid UTF-8 is 400, an unknown path 404; both are problem documents."""
        for target, status in (("/%FF", 400), ("/%25FF", 404), ("/tenant/", 404)):
            answered, headers, problem = site.ask("GET", target)
            assert (answered, headers["content-type"], problem["status"]) == (status, "application/problem+json", status)

    def test_an_underscore_is_no_dash(self, site: Site) -> None:
        """``API_Version`` is not ``API-Version`` (CVE-2026-3902 and its kin), but for granian under WSGI, which gives both the same name."""
        assert site.ask("GET", "/platform/tenants", API__Version="1999-01-01")[0] == 400
        assert site.ask("GET", "/platform/tenants", API_Version="1999-01-01")[0] == (400 if site.name == "granian" else 200)

    def test_head_and_options_have_no_content(self, site: Site) -> None:
        """Bare, on every server."""
        status, headers, body = site.ask("OPTIONS", "/platform/tenants")
        assert (status, headers["allow"], body) == (204, "GET, HEAD, OPTIONS, POST", None)
        assert site.ask("HEAD", "/platform/tenants")[2] is None

    def test_it_ends_gently(self, site: Site) -> None:
        """SIGTERM ends it without a fault; some servers then end by the very signal."""
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(PATIENCE) in (0, -signal.SIGTERM)
