"""Targets and backends are found by name, made on databases of their own, and leave nothing behind. It knows names and processes, no law of HTTP."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kingpost.adapters.sql.backend import SERVER, PostgresqlBackend, SqliteBackend
from kingpost.conformance.backend import Backend, MemoryBackend, Setup
from kingpost.conformance.bench import Bench
from kingpost.conformance.child import ChildTarget
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Exchange, ProtocolError, Reply, Target, Unreachable
from kingpost.conformance.targets import find, find_backend, names, opened
from kingpost.conformance.world import NOW, SEED, fresh
from kingpost.kernel import tenancy
from tests.conformance.targets import COMPONENTS, RECORDS, MemoryTarget

SETUP = Setup(components=COMPONENTS)
LIVEZ = Exchange(target=b"/livez", headers=((b"host", b"testserver"), (b"request-id", b"child")))
NAMES = ("django-asgi", "django-wsgi", "django-wsgi-decoded", "litestar", "memory")


class Stubborn(KernelTarget):
    """A target that answers late, ends its process, or goes wrong, as the path says."""

    def send(self, exchange: Exchange) -> Reply:
        """Do what the path asks for."""
        if exchange.path == b"/sleep":
            time.sleep(30)  # the child hangs, and is ended long before
        if exchange.path == b"/late":
            time.sleep(0.3)  # the answer comes when nobody waits for it any more
        if exchange.path == b"/end":
            os._exit(3)
        if exchange.path == b"/wrong":
            raise ValueError("first line\nsecond line")
        if exchange.path == b"/broken":
            raise ProtocolError("no reply")
        return super().send(exchange)


def stubborn(setup: Setup) -> Target:
    """A factory at the top of a module, as a child needs it."""
    return Stubborn(setup, "stubborn")


def impossible(setup: Setup) -> Target:
    """A factory that cannot."""
    raise RuntimeError("there is no such framework\nanywhere")


NO_FACTORY = 7


@pytest.fixture
def child() -> Iterator[ChildTarget]:
    """A target in a process of its own; once it is there, it may take two seconds for an answer."""
    made = ChildTarget(stubborn, SETUP)
    made._seconds = 2.0
    yield made
    made.close()


def ask(target: Target, path: bytes) -> Reply:
    """One request."""
    return target.send(Exchange(target=path, headers=LIVEZ.headers))


def test_the_targets_of_this_distribution_have_names() -> None:
    """All five are entry points; so are the three backends."""
    assert set(NAMES) <= set(names())
    assert [type(find_backend(name)) for name in ("memory", "sqlite", "postgresql")] == [MemoryBackend, SqliteBackend, PostgresqlBackend]


@pytest.mark.parametrize("backend", ["memory", "sqlite", "postgresql"])
@pytest.mark.parametrize("name", NAMES)
def test_every_target_stands_on_every_backend(name: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The world has the same ids, keys and rows everywhere; and afterwards the folder is empty."""
    if backend == "postgresql":
        request.getfixturevalue("postgres_server_url")
    reference = MemoryTarget()
    world = fresh(reference)
    with opened(name, COMPONENTS, backend=backend, folder=tmp_path) as target:
        assert target.name == name
        assert fresh(target) == world
        assert target.door is not None
        assert [target.door.rows(record) for record in RECORDS] == [reference.bench.rows(record) for record in RECORDS]
        assert ask(target, b"/readyz").status == 200
    assert list(tmp_path.iterdir()) == []


def test_two_targets_of_one_framework_stand_side_by_side(tmp_path: Path) -> None:
    """Django's settings are one per process, and yet two of its targets answer in turns and tell apart what they hold."""
    with (
        opened("django-wsgi", COMPONENTS, folder=tmp_path) as first,
        opened("django-wsgi-decoded", COMPONENTS, folder=tmp_path) as second,
    ):
        fresh(first)
        second.reset(seed=SEED, now=NOW)
        assert first.door is not None
        assert second.door is not None
        assert len(first.door.rows(tenancy.Tenant)) == 5
        assert second.door.rows(tenancy.Tenant) == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("litestra", r"^no target 'litestra'; did you mean 'litestar'\?; there are .*django-wsgi.*memory"),
        ("xyz", r"^no target 'xyz'; there are django-asgi"),
        ("no.such.module:made", r"^no target 'no\.such\.module:made': there is no module 'no', neither installed nor in /"),
        ("tests.conformance.test_targets:stubbron", r"^no target '.*': .*test_targets has no 'stubbron'; did you mean 'stubborn'\?$"),
        ("tests.conformance.test_targets:NO_FACTORY", r"names int, not a function"),
        ("litestar@unicorn", r"litestar@uvicorn"),
    ],
)
def test_a_name_that_leads_nowhere_is_told_in_one_line(name: str, message: str) -> None:
    """What there is, and the nearest name."""
    with pytest.raises(Unreachable, match=message) as caught:
        find(name)
    assert "\n" not in str(caught.value)


def test_a_url_leads_to_a_server_that_must_answer() -> None:
    """Nobody listens there: one line."""
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1") as caught:
        find("http://127.0.0.1:1", key="kp_p_" + "0" * 60)(SETUP)
    assert "\n" not in str(caught.value)


def test_a_backend_that_is_not_there_is_told_in_one_line() -> None:
    """As for targets."""
    with pytest.raises(Unreachable, match=r"^no backend 'postgres'; did you mean 'postgresql'\?; there are memory, postgresql, sqlite$"):
        find_backend("postgres")


def test_a_module_that_cannot_be_imported_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A factory may lie in the current folder; what goes wrong in there is one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_target.py").write_text("from tests.conformance.test_targets import stubborn as mine\n", encoding="utf-8")
    (tmp_path / "torn_target.py").write_text("raise OSError('torn')\n", encoding="utf-8")
    assert find("own_target:mine") is stubborn
    with pytest.raises(
        Unreachable, match=r"^the target 'torn_target:mine' cannot be imported: OSError: torn \(.*torn_target\.py, line 1\)$"
    ):
        find("torn_target:mine")


def test_no_server_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL that does not listen is named with the variable that leads to another."""
    pytest.importorskip("psycopg")
    monkeypatch.setenv(SERVER, "postgresql://nobody@127.0.0.1:1/postgres")
    with pytest.raises(Unreachable, match=rf"^no PostgreSQL for the backend 'postgresql': .*{SERVER}$") as caught:
        PostgresqlBackend().scratch(tmp_path).__enter__()
    assert "\n" not in str(caught.value)


def test_a_scratch_database_is_dropped_after_an_error(tmp_path: Path, postgres_server_url: str) -> None:
    """Even with a connection open; and a SQLite file goes with its log."""
    import psycopg

    left: list[psycopg.Connection] = []
    names: list[str] = []

    def tear(backend: Backend) -> None:
        with backend.scratch(tmp_path) as url:
            names.append(url.rpartition("/")[2])
            if backend.name == "postgresql":
                left.append(psycopg.connect(url))
            else:
                (tmp_path / f"{names[-1]}-wal").touch()
            raise RuntimeError("torn")

    for backend in (PostgresqlBackend(), SqliteBackend()):
        with pytest.raises(RuntimeError, match="torn"):
            tear(backend)
    left[0].close()
    with psycopg.connect(postgres_server_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", (names[0],)).fetchone() == (0,)
    assert list(tmp_path.iterdir()) == []


def test_a_child_does_all_that_its_target_does(child: ChildTarget) -> None:
    """Name, capabilities, replies, time, faults and rows go through the pipe."""
    reference = Stubborn(SETUP, "stubborn")
    assert (child.name, child.capabilities) == ("stubborn", reference.capabilities)
    world = fresh(reference)
    assert fresh(child) == world
    door, bench = child.door, reference.door
    assert door is not None
    assert isinstance(bench, Bench)
    for each in (door, bench):
        each.advance(86_400.0)
        each.fail_next("find", ValueError("asked for"))
    listed = Exchange(target=b"/platform/tenants", headers=(*LIVEZ.headers, (b"authorization", f"Bearer {world['platform.key']}".encode())))
    for _ in range(2):
        assert child.send(listed) == reference.send(listed)
    assert child.send(listed).status == 200
    assert "ValueError: asked for" in child.told()
    assert [door.rows(record) for record in RECORDS] == [bench.rows(record) for record in RECORDS]


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (b"/wrong", ProtocolError, r"^stubborn: ValueError: first line second line$"),
        (b"/broken", ProtocolError, r"^stubborn: no reply$"),
        (b"/end", Unreachable, r"^stubborn: its process has ended \(exit code 3\) at 'send'$"),
        (b"/sleep", Unreachable, r"^stubborn: no answer to 'send' within 2 s, so its process was ended$"),
    ],
)
def test_what_goes_wrong_in_a_child_is_one_line(child: ChildTarget, path: bytes, error: type[Exception], message: str) -> None:
    """A broken reply fails a case; a process that ends or hangs ends the target, and no process is left."""
    with pytest.raises(error, match=message):
        ask(child, path)
    alive = error is ProtocolError
    assert child._process.is_alive() is alive
    if alive:
        assert child.send(LIVEZ).status == 200


def test_an_answer_that_nobody_waits_for_any_more_is_passed_over(child: ChildTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is broken off leaves its answer in the pipe; the next call gets its own."""

    def interrupted(_: ChildTarget, __: str) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(ChildTarget, "_received", interrupted)
        with pytest.raises(TimeoutError):
            ask(child, b"/late")
    assert child.send(LIVEZ).status == 200


def test_a_target_that_cannot_be_made_is_unreachable() -> None:
    """The reason in one line, and no process is left."""
    others = set(multiprocessing.active_children())
    with pytest.raises(Unreachable, match=r"^impossible: RuntimeError: there is no such framework anywhere$"):
        ChildTarget(impossible, SETUP)
    assert set(multiprocessing.active_children()) == others


def test_a_module_that_fails_only_in_a_child_is_told_in_one_line() -> None:
    """A factory whose module goes away, or that is hidden in a function, cannot be found by another process."""

    def hidden(setup: Setup) -> Target:
        return stubborn(setup)

    with pytest.raises(Unreachable, match=r"^test_a_module.*hidden: AttributeError: .*no attribute 'test_a_module.*hidden'$"):
        ChildTarget(hidden, SETUP)


def test_a_component_that_no_import_finds_is_told() -> None:
    """A component that was made by hand cannot go to another process."""
    hidden = Setup(components=(type(tenancy.COMPONENT)(name="tenancy", package="kingpost.kernel.tenancy"),))
    with pytest.raises(Unreachable, match=r"^the component 'tenancy' is not COMPONENT of kingpost\.kernel\.tenancy"):
        ChildTarget(stubborn, hidden)


def test_a_target_may_be_closed_twice(tmp_path: Path) -> None:
    """In process and in a child; no process is left."""
    others = set(multiprocessing.active_children())
    for name in ("memory", "litestar", "django-wsgi", "django-asgi"):
        with opened(name, COMPONENTS, folder=tmp_path) as target:
            target.reset(seed=SEED, now=datetime.fromisoformat("2026-11-01T00:00:00Z"))
            target.close()
        assert set(multiprocessing.active_children()) == others


def test_the_shell_does_not_reach_a_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KINGPOST_* variables of whoever runs the kit change no answer."""
    reference = MemoryTarget()
    world = fresh(reference)
    for name, value in (
        ("HOSTS", "elsewhere.example"),
        ("SECRET", "x" * 40),
        ("PREFIX", "/api"),
        ("BODY_LIMIT", "1"),
        ("DATABASE", "sqlite:///no"),
    ):
        monkeypatch.setenv(f"KINGPOST_{name}", value)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "no.such.settings")
    for name in ("litestar", "django-wsgi"):
        with opened(name, COMPONENTS, backend="sqlite", folder=tmp_path) as target:
            assert fresh(target) == world
