"""What goes wrong in the pipeline: every failure is one answer, one log line and no row, and nothing of the inside gets out."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from kingpost.adapters.memory import MemoryStorage
from kingpost.kernel.errors import Conflict, Invalid, KernelError, NotFound, Unavailable
from kingpost.kernel.store import Session
from tests.kernel.workshop import Fault, Tool
from tests.kernel.world import World, code, header, problem


class LeakyError(Exception):
    """An accident that carries what nobody outside may see."""


SECRET_OF_THE_INSIDE = "SELECT password FROM /srv/app/settings.py"


def raising(error: BaseException) -> Callable[[object], object]:
    """An accident that raises."""

    def happen(context: object) -> object:
        raise error

    return happen


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def key(world: World) -> str:
    """The key of a tenant."""
    return world.tenant("acme")[1]


def test_an_unforeseen_error_is_logged_once_and_says_nothing(world: World, key: str) -> None:
    """A 500 carries the request id and nothing of the inside; the exception is logged once and handed on in ``failure``."""
    error = LeakyError(SECRET_OF_THE_INSIDE)
    world.accident.happen = raising(error)
    reply = world.ask("POST", "/accident", key=key, body={}, headers=[("request-id", "r-9")])
    assert problem(reply) == {
        "type": "/problems/internal-error",
        "title": "An internal error occurred.",
        "status": 500,
        "detail": "An internal error occurred.",
        "code": "internal-error",
        "request_id": "r-9",
    }
    assert reply.failure is error
    assert [(line.name, line.error) for line in world.log.failures] == [("request.failed", error)]
    assert world.log.failures[0].fields["request_id"] == "r-9"
    seen = reply.body + b"".join(name + value for name, value in reply.headers)
    assert all(word not in seen for word in (b"Leaky", b"SELECT", b"settings.py"))


def test_a_refusal_is_not_a_failure(world: World, key: str) -> None:
    """A condition of the tree is no event for an error tracker: nothing at ERROR, no ``failure``."""
    world.accident.happen = raising(Conflict("no", params={"rule": "unique:x"}))
    reply = world.ask("POST", "/accident", key=key, body={})
    assert (code(reply), reply.failure, world.log.failures) == ((409, "conflict"), None, ())
    assert problem(reply)["params"] == {"rule": "unique:x"}


@pytest.mark.parametrize("error", [LeakyError(), NotFound(), Invalid(), Unavailable()], ids=lambda error: type(error).__name__)
def test_an_error_rolls_the_unit_back(world: World, key: str, error: Exception) -> None:
    """What the use case wrote before it raised is gone."""
    world.accident.happen = raising(error)
    assert world.ask("POST", "/accident", key=key, body={}).status >= 400
    assert world.storage.rows(Tool) == ()


def test_a_reply_that_cannot_be_encoded_rolls_the_unit_back(world: World, key: str) -> None:
    """The reply is encoded before the commit, so nobody is told of a failure that was kept."""
    world.accident.happen = lambda context: {"rate": float("nan")}
    reply = world.ask("POST", "/accident", key=key, body={})
    assert code(reply) == (500, "internal-error")
    assert world.storage.rows(Tool) == ()


def test_a_commit_that_fails_is_not_a_success(world: World, key: str) -> None:
    """The answer comes from the commit: a database that vanishes there gives 503 with Retry-After and no row."""
    world.accident.happen = lambda context: Fault()
    world.storage.fail_next("commit", Unavailable(retry_after=7))
    reply = world.ask("POST", "/accident", key=key, body={})
    assert (code(reply), header(reply, "retry-after")) == ((503, "unavailable"), "7")
    assert world.storage.rows(Tool) == ()


@pytest.mark.parametrize("stop", [asyncio.CancelledError, GeneratorExit, KeyboardInterrupt])
def test_an_interruption_rolls_back_closes_the_session_and_passes_through(key: str, world: World, stop: type[BaseException]) -> None:
    """Cancellation is no answer: it goes on, and leaves neither rows nor an open unit behind."""
    world.accident.happen = raising(stop())
    with pytest.raises(stop):
        world.ask("POST", "/accident", key=key, body={})
    assert world.storage.rows(Tool) == ()
    world.storage.clear()  # refused while a unit of work is open
    assert world.log.failures == ()


class WatchedStorage(MemoryStorage):
    """Counts the sessions that are open."""

    opened = 0
    closed = 0

    def session(self, *, deadline: float | None = None) -> "WatchedSession":
        """A session that says when it is closed."""
        self.opened += 1
        return WatchedSession(super().session(deadline=deadline), self)


class WatchedSession:
    """A session that counts its end."""

    def __init__(self, inner: Session, storage: WatchedStorage) -> None:
        self._inner = inner
        self._storage = storage
        self.store = inner.store
        self.unit = inner.unit

    async def close(self) -> None:
        """Count, then close."""
        self._storage.closed += 1
        await self._inner.close()


@pytest.mark.parametrize(
    "outcome", [lambda context: Fault(), raising(NotFound()), raising(LeakyError()), raising(asyncio.CancelledError())]
)
def test_every_session_is_closed(outcome: Callable[[object], object]) -> None:
    """Whatever happens, the session of a request is closed exactly once."""
    world = World()
    storage = WatchedStorage(records=[record for component in world.components for record in component.records], clock=world.clock)
    watched = World(storage=storage)
    key = watched.tenant("acme")[1]
    watched.accident.happen = outcome
    with suppress(asyncio.CancelledError):
        watched.ask("POST", "/accident", key=key, body={})
    watched.ask("GET", "/tools", key=key)
    assert storage.closed == storage.opened


class UnclosableSession(WatchedSession):
    """A session whose connection breaks while it is given back."""

    async def close(self) -> None:
        """Fail."""
        await super().close()
        raise Unavailable("the connection is gone")


class UnclosableStorage(WatchedStorage):
    """Sessions that break when they are closed."""

    def session(self, *, deadline: float | None = None) -> WatchedSession:
        """A session that breaks at its end once the world is set up."""
        inner = MemoryStorage.session(self, deadline=deadline)
        return UnclosableSession(inner, self) if self.opened else WatchedSession(inner, self)


def test_a_session_that_cannot_be_closed_does_not_change_the_answer() -> None:
    """What is committed is committed: the failure to give a connection back is logged, and the reply stands."""
    plain = World()
    storage = UnclosableStorage(records=[record for component in plain.components for record in component.records], clock=plain.clock)
    world = World(storage=storage)
    key = world.tenant("acme")[1]
    storage.opened = 1
    reply = world.ask("POST", "/tools", key=key, body={"name": "saw"})
    assert reply.status == 201
    assert [type(line.error) for line in world.log.failures] == [Unavailable]


@pytest.mark.parametrize(
    "error",
    [NotFound("lone \ud800 surrogate"), NotFound(headers=(("x-note", "two\r\nlines"),)), KernelError.__new__(KernelError)],
    ids=["surrogate", "header", "nameless"],
)
def test_an_error_that_cannot_be_told_is_an_internal_one(world: World, key: str, error: KernelError) -> None:
    """A condition whose own text cannot go out is a bug: 500 and a line in the log, never an exception to the server."""
    world.accident.happen = raising(error)
    reply = world.ask("POST", "/accident", key=key, body={})
    assert code(reply) == (500, "internal-error")
    assert not any(b"\n" in value for _, value in reply.headers)
    assert len(world.log.failures) == 1
