"""The Litestar deployment behind its real servers: the contract holds over a socket, and SIGTERM lets a request finish. Processes and time are real."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kingpost.conformance.target import Exchange, Reply, Unreachable
from kingpost.conformance.transports import SocketTransport
from kingpost.conformance.transports.sockets import Address

SECONDS = 60
HOST = ((b"host", b"127.0.0.1"),)
MUG = b'{"sku":"MUG-01","name":"Mug","price":{"amount":1250,"currency":"EUR"}}'


class Served:
    """``kingpost serve`` in a folder of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.transport = SocketTransport(Address(host="127.0.0.1", port=self.port))
        self.output = folder / "output.txt"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("KINGPOST_")}
        environ |= {"KINGPOST_COMPONENTS": "tenancy,examples.storefront", "PYTHONPATH": str(Path(__file__).parents[3])}
        with self.output.open("wb") as output:
            command = [sys.executable, "-m", "kingpost", "serve", "--server", server, "--bind", f"127.0.0.1:{self.port}"]
            self.process = subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT)
        self._wait()
        keys = (folder / "kingpost-data" / "keys.txt").read_text(encoding="utf-8")
        found = re.search(r"kp_t_\w+", keys)
        assert found is not None
        self.key = found[0].encode()

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.ask("GET", b"/livez").status == 200:
                    return
            except Unreachable:
                time.sleep(0.05)  # a real server is starting
        raise AssertionError(f"the server did not start:\n{self.output.read_text(encoding='utf-8')}")

    def ask(self, method: str, target: bytes, body: bytes = b"", *, declared: int | None = None, chunked: bool = False) -> Reply:
        """One request as the demo tenant."""
        key = getattr(self, "key", b"")
        headers = (*HOST, (b"authorization", b"Bearer " + key), (b"content-type", b"application/json"))
        return self.transport.send(Exchange(method=method, target=target, headers=headers, body=body, declared=declared, chunked=chunked))

    def stop(self) -> int:
        """Tell it to stop, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


@pytest.fixture(scope="module", params=["granian", "uvicorn"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The deployment on each of its servers."""
    made = Served(tmp_path_factory.mktemp(request.param), request.param)
    yield made
    made.transport.close()
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.mark.slow
def test_a_real_server_carries_what_the_contract_needs(served: Served) -> None:
    """Raw paths, chunked bodies, refused bodies, HEAD and handshakes arrive at the kernel as they were sent."""
    made = served.ask("POST", b"/products", MUG, chunked=True)
    assert (made.status, made.json()["sku"]) == (201, "MUG-01")
    where = (made.one("location") or "").encode()
    assert served.ask("GET", where).body == made.body
    assert served.ask("HEAD", where).one("content-length") == str(len(made.body))
    assert served.ask("GET", where.replace(b"/products/", b"/products%2F")).json()["code"] == "not-found"
    assert served.ask("GET", b"/products/%FF").json()["code"] == "malformed-path"
    assert served.ask("GET", b"//products").json()["code"] == "not-found"
    assert served.ask("OPTIONS", where).one("allow") == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert served.ask("TRACE", where).status == 405
    assert served.ask("GET", b"/products?sku=" + b"x" * 4000).status == 414
    refused = served.transport.send_bytes(
        b"GET /products HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nGET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )
    assert refused.startswith(b"HTTP/1.1 426 ")


@pytest.mark.slow
def test_a_gigabyte_is_refused_before_it_is_sent(served: Served) -> None:
    """A Content-Length of a gigabyte is answered 413 at once, while the client has sent no body."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(
            b"POST /products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
        )
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_sigterm_lets_a_request_finish(served: Served) -> None:
    """A request that is under way when the process is told to stop is answered; then the process ends with code 0."""
    body = MUG.replace(b"MUG-01", b"MUG-02")
    head = b"POST /products HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(head % (served.key, len(body)) + body[:10])
        time.sleep(0.5)  # the server must have begun to read this request before the signal comes
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # and must have seen the signal before the rest comes
        connection.sendall(body[10:])
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert served.process.wait(SECONDS) == 0
