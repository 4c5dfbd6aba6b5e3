"""The laws of transactions between a host and the kernel, on both databases. It knows a host's tables and a component's use cases."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import Error, connections, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from examples.storefront import Product
from kingpost.adapters.django_app.executor import DjangoExecutors, inside_host_transaction
from kingpost.adapters.sql import SqlStorage
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import Conflict, Timeout, Unavailable
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.tenancy import Tenant
from tests.adapters.django import project
from tests.adapters.django.worlds import CLOCK, RECORDS, World, new_id, ware


def test_a_conflict_of_the_kernel_keeps_the_hosts_own_row(world: World) -> None:
    """Host row, kernel ``Conflict`` caught, commit: the host's row is there, and the kernel's first one."""
    with transaction.atomic(using=world.alias):
        world.insert("A")
        world.note("kept")
        with pytest.raises(Conflict) as caught:
            world.insert("A")
    assert caught.value.rule == "unique:kingpost_storefront_product:sku"
    assert (world.notes(), world.skus()) == (1, ["A"])


def test_a_conflict_inside_a_unit_keeps_the_hosts_own_row(world: World) -> None:
    """A unit of work that fails inside a host's transaction takes back only itself."""
    with transaction.atomic(using=world.alias):
        world.note("kept")
        world.insert_in_unit("A")
        with pytest.raises(Conflict):
            world.insert_in_unit("A")
    assert (world.notes(), world.skus()) == (1, ["A"])


def test_the_hosts_rollback_takes_the_kernels_rows_back(world: World) -> None:
    """Kernel writes first, host rolls back: no row, whether written alone or in a unit that was committed."""
    with pytest.raises(KeyError), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        world.insert("A")
        world.insert_in_unit("B")
        raise KeyError
    assert world.skus() == []


def test_what_follows_the_commit_waits_for_the_hosts(world: World) -> None:
    """Inside a host's transaction ``on_commit`` runs after its commit, and never after its rollback."""
    told: list[str] = []
    with transaction.atomic(using=world.alias):
        world.insert_in_unit("A", lambda: told.append("committed"))
        assert told == []
    with pytest.raises(KeyError), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        world.insert_in_unit("B", lambda: told.append("rolled back"))
        raise KeyError
    world.insert_in_unit("C", lambda: told.append("alone"))
    assert told == ["committed", "alone"]


def test_a_hosts_savepoint_takes_the_callbacks_back(world: World) -> None:
    """A rolled back inner block of the host takes the kernel's rows and callbacks with it; the outer block commits."""
    told: list[str] = []
    with transaction.atomic(using=world.alias):
        with pytest.raises(KeyError), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
            world.insert_in_unit("A", lambda: told.append("A"))
            raise KeyError
        world.insert_in_unit("B", lambda: told.append("B"))
    assert (told, world.skus()) == (["B"], ["B"])


def test_host_code_inside_a_unit_shares_its_transaction(world: World) -> None:
    """What the host writes while a unit of the kernel is open is undone with it, and its own ``on_commit`` waits for the unit's commit."""
    told: list[str] = []

    async def run(*, commit: bool) -> None:
        session = world.session()
        async with session.unit(world.scope) as unit:
            world.note(f"inside {commit}")
            transaction.on_commit(lambda: told.append(str(commit)), using=world.alias)
            assert told == []
            if commit:
                await unit.commit()
        await session.close()

    drive(run(commit=False))
    assert (world.notes(), told) == (0, [])
    drive(run(commit=True))
    assert (world.notes(), told) == (1, ["True"])
    assert not connections[world.alias].in_atomic_block


def test_a_unit_left_by_any_exception_leaves_nothing_open(world: World) -> None:
    """After ``BaseException`` in nested units the connection is in autocommit again, and nothing was written."""

    async def run() -> None:
        session = world.session()
        async with session.unit(world.scope):
            await session.store(world.scope).insert(ware(world.scope.tenant or "", "A"))
            async with session.unit(world.scope):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(run())
    assert not connections[world.alias].in_atomic_block
    assert world.skus() == []


def test_a_single_write_outside_any_transaction_is_one_statement(world: World) -> None:
    """No BEGIN and no savepoint around it; the query log shows what was sent."""
    with CaptureQueriesContext(connections[world.alias]) as queries:
        world.insert("A")
    assert len(queries) == 1
    assert queries[0]["sql"].startswith("INSERT INTO kingpost_storefront_product")


def test_a_single_write_inside_a_transaction_stands_in_a_savepoint_where_the_database_needs_one(world: World) -> None:
    """PostgreSQL gives a transaction up after an error, so each write is bracketed there; SQLite does not."""
    with transaction.atomic(using=world.alias), CaptureQueriesContext(connections[world.alias]) as queries:
        world.insert("A")
    words = [query["sql"].split()[0] for query in queries]
    assert words == (["SAVEPOINT", "INSERT", "RELEASE"] if world.alias == "postgres" else ["INSERT"])


def test_autocommit_switched_off_counts_as_a_transaction(world: World) -> None:
    """A host that commits by hand keeps the kernel's rows in its hands."""
    connection = connections[world.alias]
    connection.set_autocommit(False)
    try:
        assert inside_host_transaction(world.alias)
        world.insert_in_unit("A")
        connection.rollback()
    finally:
        connection.set_autocommit(True)
    assert world.skus() == []


def test_a_host_transaction_is_not_that_of_a_test_case(world: World) -> None:
    """Only an atomic block that is not Django's own around a test counts as the host's."""
    assert not inside_host_transaction(world.alias)
    around = transaction.atomic(using=world.alias)
    around._from_testcase = True
    with around:
        assert not inside_host_transaction(world.alias)
        with transaction.atomic(using=world.alias):
            assert inside_host_transaction(world.alias)


def test_a_missing_target_is_a_conflict_and_the_transaction_goes_on(world: World) -> None:
    """A broken reference inside a host's transaction names its rule; what follows is committed."""
    with transaction.atomic(using=world.alias):
        stranger = new_id("ten")
        with pytest.raises(Conflict) as caught:
            drive(world.session().store(PLATFORM).insert(ware(stranger, "A")))
        world.insert("B")
    assert caught.value.rule == "reference:kingpost_storefront_product:tenant_id"
    assert world.skus() == ["B"]


def test_a_deadline_that_has_passed_stops_the_statement(world: World) -> None:
    """Nothing is sent after the deadline."""
    with CaptureQueriesContext(connections[world.alias]) as queries, pytest.raises(Timeout):
        drive(world.session(deadline=CLOCK.monotonic() - 1).store(world.scope).get(Product, new_id("prd")))
    assert len(queries) == 0


def test_a_statement_that_takes_too_long_is_a_timeout(migrated_postgres: str) -> None:
    """On PostgreSQL the deadline of a unit is its statement timeout, and of this unit only."""
    world = World(migrated_postgres)

    async def run() -> None:
        session = world.session(deadline=CLOCK.monotonic() + 0.2)
        async with session.unit(world.scope):
            with connections[world.alias].cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                assert 0 < int(cursor.fetchone()[0].removesuffix("ms")) <= 200
            await session.executor.execute("SELECT pg_sleep(5)", ())  # type: ignore[attr-defined]

    with pytest.raises(Timeout):
        drive(run())
    with connections[world.alias].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_connection_that_the_server_has_ended_is_replaced(migrated_postgres: str) -> None:
    """The call that meets it is ``Unavailable``, the next one works: Django's own rules for stale connections apply outside a request too."""
    world = World(migrated_postgres)
    with connections[world.alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    other = connections.create_connection(world.alias)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (own,))
    other.close()
    with pytest.raises(Unavailable):
        world.skus()
    assert world.skus() == []


def test_a_unit_is_left_quietly_when_the_database_has_gone_away(migrated_postgres: str) -> None:
    """What could not be done is told once, by the call that met it: undoing a block on a lost connection raises nothing of its own."""
    world = World(migrated_postgres)
    connection = connections[world.alias]
    port = connection.settings_dict["PORT"]

    async def run() -> None:
        session = world.session()
        async with session.unit(world.scope):
            connection.connection.close()  # the server is gone in the middle of the transaction
            connection.settings_dict["PORT"] = "1"  # and does not come back
            with pytest.raises(Unavailable):
                await session.store(world.scope).find(Product, order=("sku",), limit=1)
        await session.close()

    try:
        drive(run())
    finally:
        connection.settings_dict["PORT"] = port
    assert world.skus() == []


def test_a_lost_write_says_that_its_outcome_is_unknown(migrated_postgres: str) -> None:
    """A single write whose connection was lost may have taken effect, and the detail says so."""
    world = World(migrated_postgres)
    with connections[world.alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    other = connections.create_connection(world.alias)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (own,))
    other.close()
    with pytest.raises(Unavailable, match="unknown"):
        world.insert("A")


def test_units_on_sqlite_begin_as_writers_whatever_the_alias_says(migrated: str) -> None:
    """BEGIN IMMEDIATE, so that no reader has to become a writer; a host's own transactions keep their mode."""
    project.add_alias("deferred", {"ENGINE": "django.db.backends.sqlite3", "NAME": project.FILE, "OPTIONS": {"timeout": 0.1}})
    try:
        world = World("deferred")
        with CaptureQueriesContext(connections["deferred"]) as queries:
            world.insert_in_unit("A")
            with transaction.atomic(using="deferred"):
                world.skus()
        begun = [query["sql"] for query in queries if query["sql"].startswith("BEGIN")]
    finally:
        project.remove_alias("deferred")
    assert begun == ["BEGIN IMMEDIATE", "BEGIN"]


@pytest.fixture
def busy(migrated: str) -> Iterator[None]:
    """Another process holds SQLite's one writer."""
    other = sqlite3.connect(project.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_a_locked_sqlite_is_unavailable_inside_and_outside_a_host_transaction(migrated: str, request: pytest.FixtureRequest) -> None:
    """SQLite's "database is locked" becomes ``Unavailable`` with a retry, also inside a host's DEFERRED block."""
    project.add_alias("deferred", {"ENGINE": "django.db.backends.sqlite3", "NAME": project.FILE, "OPTIONS": {"timeout": 0.05}})
    try:
        world = World("deferred")
        request.getfixturevalue("busy")
        for write in (world.insert, world.insert_in_unit):
            with pytest.raises(Unavailable) as alone:
                write("A")
            assert ("retry-after", "1") in alone.value.headers
            with pytest.raises(Unavailable), transaction.atomic(using="deferred"):
                write("A")
    finally:
        project.remove_alias("deferred")


def test_an_unknown_table_is_unavailable_and_says_what_to_run(tmp_path: Any) -> None:
    """A database without our tables is not a bug of the request."""
    project.add_alias("empty", {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "empty.sqlite3"})
    try:
        storage = SqlStorage(DjangoExecutors("empty"), records=RECORDS, clock=CLOCK)
        with pytest.raises(Unavailable, match="migrate"):
            drive(storage.session().store(PLATFORM).get(Tenant, new_id("ten")))
    finally:
        project.remove_alias("empty")


def test_what_means_nothing_to_the_kernel_passes_as_it_is(world: World) -> None:
    """A wrong statement is a bug and stays Django's error."""
    with pytest.raises(Error):
        drive(world.session().executor.fetch("SELECT nothing FROM nowhere_at_all WHERE (", ()))  # type: ignore[attr-defined]


def test_instants_survive_a_project_without_time_zones(migrated_postgres: str, settings: Any) -> None:
    """With USE_TZ off Django hands local times to its own models; the kernel still reads the instants it wrote."""
    world = World(migrated_postgres)
    world.insert("A")
    settings.USE_TZ, settings.TIME_ZONE = False, "America/New_York"
    page = drive(world.session().store(world.scope).find(Product, limit=1))
    assert page.items[0].created_at.utcoffset() is not None
    assert abs((page.items[0].created_at - CLOCK.now()).total_seconds()) < 60


class TestInsideDjangosTestCase(TestCase):
    """A host's own tests: Django rolls everything back after each, and callbacks run where they are asked for."""

    databases = {"default"}

    @pytest.fixture(autouse=True)
    def _tables(self, migrated: str) -> None:
        """Every table."""

    def test_the_kernels_rows_are_visible_and_rolled_back(self) -> None:
        """A unit of work commits into the test's transaction."""
        world = World("default")
        world.insert_in_unit("A")
        assert world.skus() == ["A"]
        assert not inside_host_transaction("default")

    def test_callbacks_are_captured(self) -> None:
        """``captureOnCommitCallbacks`` runs what waits for a commit that never comes."""
        world, told = World("default"), list[str]()
        with self.captureOnCommitCallbacks(execute=True):
            world.insert_in_unit("A", lambda: told.append("run"))
            assert told == []
        assert told == ["run"]
