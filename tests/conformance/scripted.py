"""A server on a loopback port that does what a test tells it with each connection. It knows sockets, no HTTP."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]
PATIENCE = 10.0
"""Seconds after which a test that hangs fails."""


class Scripted:
    """Takes one connection after the other."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.connections = 0
        self.ended = threading.Semaphore(0)
        """Released once for each connection that has ended."""
        self._closing = False
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing:
                connection.close()
                return
            self.connections += 1
            connection.settimeout(PATIENCE)
            with connection, suppress(OSError):
                self._behaviour(connection)
            self.ended.release()

    def close(self) -> None:
        """End the thread: the listener is woken by a last connection."""
        self._closing = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(PATIENCE)
        self._listener.close()


@contextmanager
def scripted(behaviour: Behaviour) -> Generator[Scripted, None, None]:
    """The server while it is needed."""
    server = Scripted(behaviour)
    try:
        yield server
    finally:
        server.close()


def head(connection: socket.socket) -> bytes:
    """One request without a body."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            break
        received += part
    return received


def always(answer: bytes) -> Behaviour:
    """Each request on a connection gets this answer, until the client leaves."""

    def behaviour(connection: socket.socket) -> None:
        while head(connection):
            connection.sendall(answer)

    return behaviour


def once(answer: bytes) -> Behaviour:
    """The first request gets this answer, and then the connection is closed."""

    def behaviour(connection: socket.socket) -> None:
        head(connection)
        connection.sendall(answer)

    return behaviour


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
