"""A third adapter, written without a framework, passes the kit as it is (spec verification, reach 2). It knows the example; the laws stand in the kit."""

import ast
import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.bare_asgi import BareAsgi
from kingpost.adapters.memory import MemoryStorage
from kingpost.conformance.backend import Setup
from kingpost.conformance.bench import Bench, Machine, Trapped, bench_on
from kingpost.conformance.check import PROFILES, Arena, Kit
from kingpost.conformance.suite import checks
from kingpost.conformance.target import Exchange, Target
from kingpost.conformance.targets import opened
from kingpost.conformance.transports import AsgiTransport
from kingpost.conformance.trying import Trial
from kingpost.conformance.world import NOW
from tests.conformance.targets import COMPONENTS, MemoryTarget

FOLDER = Path(__file__).parents[2] / "examples" / "bare_asgi"
KIT = Kit(components=COMPONENTS, profile=PROFILES["quick"])
IN_PROCESS = {
    "the target has not: bytes",
    "not accepted of a target that has duplicate-headers",
    "not accepted of a target that has raw-path",
}
"""Why a check cannot be tried on a target that is no server, or is about a difference that only others may show."""
HEADERS = ((b"host", b"testserver"), (b"request-id", b"bare"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The example on a SQLite file, found as a user's own."""
    with opened("examples.bare_asgi.target:bare_asgi", COMPONENTS, backend="sqlite", folder=tmp_path_factory.mktemp("bare")) as made:
        yield made


@pytest.mark.parametrize("component", sorted({check.component for check in checks(KIT) if not check.once}))
def test_the_whole_kit_passes_unchanged(bare: Target, component: str) -> None:
    """Every check of the kit that can judge it holds, beside the kernel on memory where two are compared; none is expected to fail."""
    arena, trial = Arena(KIT, bare, against=(MemoryTarget(),)), Trial()
    results = [trial.of(check, arena) for check in checks(KIT) if check.component == component and not check.once]
    assert [(result.check, result.text) for result in results if result.outcome == "failed"] == []
    assert {result.text for result in results if result.outcome == "skipped"} <= IN_PROCESS
    assert [result for result in results if result.outcome == "passed"]


def test_the_adapter_is_small_and_has_no_framework() -> None:
    """Under 200 lines in all, 40 of them at most to be judged; imports lead to the standard library, the kernel, and where a process begins."""
    lines = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in FOLDER.glob("*.py")}
    assert sum(lines.values()) < 200
    assert lines["target.py"] <= 40
    roots = {name.partition(".")[0] for file in FOLDER.glob("*.py") for name in imported(file)}
    assert roots <= {"kingpost", *sys.stdlib_module_names}


def imported(file: Path) -> Iterator[str]:
    """The modules that a file names, those of its own folder left out."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


class Stage:
    """The application, asked message by message; it keeps what was sent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        machine = Machine()
        setup = Setup(components=COMPONENTS)
        trap = Trapped(MemoryStorage(records=setup.records, clock=machine.clock))
        self.bench: Bench = bench_on(setup, machine, trap, asyncio.run)
        self.lives: list[str] = []
        self.app = BareAsgi(self.bench.kernel, lifespan=self.life)
        self.messages = list(messages)
        self.sent: list[dict[str, Any]] = []

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """What the ports need."""
        self.lives.append("opened")
        yield
        self.lives.append("closed")

    async def receive(self) -> Any:
        """The next message."""
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        """Keep it."""
        self.sent.append(message)

    def play(self, **scope: Any) -> None:
        """One connection."""
        http = {"type": "http", "method": "GET", "path": "/livez", "headers": list(HEADERS)}
        asyncio.run(self.run(self.app({**http, **scope}, self.receive, self.send)))

    @staticmethod
    async def run(coroutine: Coroutine[Any, Any, None]) -> None:
        """In a loop of its own."""
        await coroutine


def test_a_scope_may_be_sparse() -> None:
    """Servers may leave out the raw path, the query, the client and the scheme (ASGI, HTTP connection scope)."""
    stage = Stage({"type": "http.request"})
    stage.play()
    assert [message.get("status") for message in stage.sent] == [200, None]


def test_a_client_that_has_left_is_not_answered() -> None:
    """Half of a body is not used, and nothing is written."""
    stage = Stage({"type": "http.request", "body": b'{"slug":', "more_body": True}, {"type": "http.disconnect"})
    key = stage.bench.reset(seed=1, now=NOW)
    stage.play(method="POST", path="/platform/tenants", headers=[*HEADERS, (b"authorization", f"Bearer {key}".encode())])
    assert stage.sent == []


def test_an_error_of_the_adapter_is_a_problem_document() -> None:
    """What goes wrong around the kernel is 500 with nothing of the inside, and one line in the log."""
    stage = Stage()
    stage.play()  # there is no message to receive
    start, body = stage.sent
    assert start["status"] == 500
    assert b"internal-error" in body["body"]
    assert b"pop" not in body["body"]
    (line,) = stage.bench.machine.log.failures
    assert isinstance(line.error, IndexError)
    assert (b"request-id", str(line.fields["request_id"]).encode()) in start["headers"]


def test_a_handshake_is_closed_where_no_reply_can_be_sent() -> None:
    """1008 without the extension; with it the kit has a case."""
    stage = Stage({"type": "websocket.connect"})
    stage.play(type="websocket")
    assert stage.sent == [{"type": "websocket.close", "code": 1008, "reason": "plain HTTP only"}]


def test_the_ports_live_as_long_as_the_process() -> None:
    """Opened before the first request, closed after the last; what fails there is told to the server in its own words."""
    stage = Stage({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    stage.play(type="lifespan")
    assert stage.lives == ["opened", "closed"]
    assert [message["type"] for message in stage.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize("step", ["startup", "shutdown"])
def test_a_lifespan_that_fails_is_told_to_the_server(step: str) -> None:
    """With its message, and raised."""

    @asynccontextmanager
    async def torn() -> AsyncIterator[None]:
        if step == "startup":
            raise OSError("no database")
        yield
        raise OSError("no database")

    stage = Stage({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    stage.app = BareAsgi(stage.bench.kernel, lifespan=torn)
    with pytest.raises(OSError, match="no database"):
        stage.play(type="lifespan")
    assert stage.sent[-1] == {"type": f"lifespan.{step}.failed", "message": "no database"}


def test_a_write_outlives_its_client() -> None:
    """A server may cancel a request whose client has left: the write is committed once, and the process waits for it before it ends."""
    stage = Stage({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    key = stage.bench.reset(seed=1, now=NOW)
    headers = (*HEADERS, (b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json"))
    made = Exchange(method="POST", target=b"/platform/tenants", headers=headers, body=b'{"slug":"acme","name":"Acme"}')

    async def leave() -> None:
        asked = asyncio.ensure_future(AsgiTransport(stage.app).send(made))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert asked.cancelled()
        await stage.app({"type": "lifespan"}, stage.receive, stage.send)

    asyncio.run(leave())
    assert [row["slug"] for row in stage.bench.rows(COMPONENTS[0].records[0])] == ["acme"]


def test_the_servers_own_prefix_is_taken_off() -> None:
    """Under ``root_path`` the paths of the kernel move, and so do the links that it gives."""
    stage = Stage({"type": "http.request"})
    stage.play(root_path="/api", path="/api/livez", raw_path=b"/api/nothing-here")
    assert stage.sent[0]["status"] == 404
    assert b'"type":"/api/problems/not-found"' in stage.sent[1]["body"]
