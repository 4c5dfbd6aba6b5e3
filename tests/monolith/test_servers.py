"""The monolith with Kingpost behind the servers that such projects run on. It knows command lines and HTTP, and nothing of Django."""

import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.monolith.project import PATIENCE, Project

PYTHON: Final = (sys.executable, "-m")
SERVERS: Final = {
    "runserver": (sys.executable, "manage.py", "runserver", "--noreload", "{place}"),
    "gunicorn sync": (*PYTHON, "gunicorn", "backoffice.wsgi", "--worker-class", "sync", "--bind", "{place}"),
    "gunicorn gthread": (*PYTHON, "gunicorn", "backoffice.wsgi", "--worker-class", "gthread", "--threads", "4", "--bind", "{place}"),
    "granian wsgi": (*PYTHON, "granian", "--interface", "wsgi", "backoffice.wsgi:application", "--port", "{port}"),
    "granian asgi": (*PYTHON, "granian", "--interface", "asgi", "backoffice.asgi:application", "--port", "{port}"),
    "uvicorn": (*PYTHON, "uvicorn", "backoffice.asgi:application", "--host", "127.0.0.1", "--port", "{port}"),
}
PRODUCT: Final = {"name": "Chair", "description": "An oak chair. " * 40, "price": {"amount": 18000, "currency": "EUR"}}


class Site:
    """A running server and the key of a tenant."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> "http.client.HTTPResponse":
        """The answer to one request with the key, its body read."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, None if body is None else json.dumps(body), {**sent, **named})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer


@pytest.fixture(scope="module")
def key(migrated: Project) -> str:
    """The key of a tenant."""
    made = json.loads(migrated.manage("kingpost_tenant", "create", "hotel", "Hotel Pelikan", "--json"))
    return str(made["key"])


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, migrated: Project, key: str, tmp_path: Path) -> Iterator[Site]:
    """Each server in turn."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [part.format(place=f"127.0.0.1:{port}", port=port) for part in SERVERS[request.param]]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=migrated.folder, env=migrated.environment(), stdout=log, stderr=log)
        try:
            _wait_for(process, port, tmp_path / "log")
            yield Site(port, key)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    waiting = threading.Event()
    for _ in range(int(PATIENCE * 10)):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except OSError:
            waiting.wait(0.1)  # the server of another process gives no other sign that every server prints
        else:
            return
    pytest.fail(f"nobody listens at port {port}: {log.read_text()}")


@pytest.mark.slow
def test_old_pages_and_new_routes_are_served_together(site: Site, request: pytest.FixtureRequest) -> None:
    """Pages, the API, the user's component with compressed answers and weakened tags, and the guarded view."""
    assert site.ask("GET", "/accounts/login/").status == 200
    assert site.ask("GET", "/").status == 302
    assert site.ask("GET", "/kingpost/readyz").status == 200
    assert site.ask("GET", "/orders/own.json").status == 200
    assert site.ask("GET", "/kingpost/tenant", Authorization="Bearer nobody").status == 401
    sku = request.node.callspec.id.replace(" ", "-")
    made = site.ask("POST", "/kingpost/products", {"sku": sku, **PRODUCT}, Accept_Encoding="gzip")
    assert (made.status, made.headers["Content-Encoding"]) == (201, "gzip")
    changed = site.ask("PATCH", made.headers["Location"], {"name": "Stool"}, If_Match=made.headers["ETag"])
    assert (changed.status, made.headers["ETag"][:2]) == (200, "W/")
    assert site.ask("PATCH", made.headers["Location"], {"name": "Bench"}, If_Match=made.headers["ETag"]).status == 412
