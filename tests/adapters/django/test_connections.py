"""How a project keeps its connections: persistent ones, health checks, psycopg's pool, server-side cursors, poolers. It knows aliases of PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction

from examples.storefront import Product
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import Conflict, Unavailable
from tests.adapters.django import project
from tests.adapters.django.worlds import World

pytest.importorskip("psycopg")


@contextmanager
def kept(migrated_postgres: str, **facts: Any) -> Iterator[World]:
    """A world over an alias of its own on the same database."""
    own = {**connections[migrated_postgres].settings_dict, **facts}
    alias = "kept"
    project.add_alias(alias, {name: value for name, value in own.items() if name != "TEST"})
    try:
        yield World(alias)
    finally:
        connections[alias].close()
        connections[alias].close_pool()
        project.remove_alias(alias)


def backend(alias: str) -> int:
    """Which server process the connection has."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (found,) = cursor.fetchone()
    return int(found)


def ended(alias: str, pid: int) -> None:
    """The server ends a connection."""
    other = connections.create_connection(alias)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    other.close()


class TestPersistent:
    """``CONN_MAX_AGE``."""

    def test_a_connection_outlives_the_request_and_is_taken_again(self, migrated_postgres: str) -> None:
        """The kernel uses whatever Django keeps, and closes nothing of it."""
        with kept(migrated_postgres, CONN_MAX_AGE=600) as world:
            world.insert_in_unit("A")
            first = backend(world.alias)
            close_old_connections()  # what Django does at both ends of a request
            world.insert_in_unit("B")
            assert backend(world.alias) == first
            assert world.skus() == ["A", "B"]

    def test_without_it_each_request_has_its_own(self, migrated_postgres: str) -> None:
        """Django closes it at the end of the request, and the kernel meets a new one."""
        with kept(migrated_postgres, CONN_MAX_AGE=0) as world:
            first = backend(world.alias)
            close_old_connections()
            world.insert_in_unit("A")
            assert backend(world.alias) != first

    def test_one_that_the_server_has_ended_is_found_by_djangos_health_check(self, migrated_postgres: str) -> None:
        """With ``CONN_HEALTH_CHECKS`` the first statement of a request never meets it; the kernel's statement is that first one."""
        with kept(migrated_postgres, CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True) as world:
            ended(world.alias, backend(world.alias))
            close_old_connections()
            assert world.skus() == []

    def test_without_the_check_one_call_is_unavailable_and_the_next_works(self, migrated_postgres: str) -> None:
        """Nobody has to start the process again."""
        with kept(migrated_postgres, CONN_MAX_AGE=None) as world:
            ended(world.alias, backend(world.alias))
            with pytest.raises(Unavailable):
                world.skus()
            assert world.skus() == []


class TestPool:
    """``"OPTIONS": {"pool": ...}``, psycopg's own pool in Django."""

    @pytest.fixture
    def world(self, migrated_postgres: str) -> Iterator[World]:
        """At most two connections."""
        pytest.importorskip("psycopg_pool", reason="needs psycopg_pool")
        with kept(migrated_postgres, OPTIONS={"pool": {"min_size": 1, "max_size": 2, "timeout": 5}}) as world:
            yield world

    def test_units_blocks_and_refusals_work_and_every_connection_comes_back(self, world: World) -> None:
        """More rounds than there are connections, each as a request of its own."""
        for turn in range(6):
            request_started.send(None)
            world.insert_in_unit(f"unit {turn}")
            with transaction.atomic(using=world.alias):
                world.insert(f"block {turn}")
                with pytest.raises(Conflict):
                    world.insert_in_unit(f"unit {turn}")
            request_finished.send(None)
        assert len(world.skus()) == 12

    def test_threads_share_it(self, world: World) -> None:
        """Four threads and two connections: each waits its turn, none is lost."""

        def write(name: str) -> None:
            for turn in range(5):
                world.insert_in_unit(f"{name} {turn}")
                connections[world.alias].close()  # the end of a request

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        page = drive(world.session().store(world.scope).find(Product, order=("sku",), limit=50))
        assert len(page.items) == 20

    def test_a_pool_that_is_used_up_is_unavailable_and_says_so(self, world: World) -> None:
        """Who gets none in time is told that all are in use, not that one was lost; when one comes back it works."""
        world.skus()
        held = [connections.create_connection(world.alias) for _ in range(2)]
        connections[world.alias].close()
        connections[world.alias].pool.timeout = 0.1
        for connection in held:
            connection.ensure_connection()
        with pytest.raises(Unavailable, match="in use"):
            world.skus()
        for connection in held:
            connection.close()
        assert world.skus() == []

    def test_a_deadline_does_not_stay_with_a_pooled_connection(self, world: World) -> None:
        """The statement timeout of a unit is gone when its connection goes back."""
        deadline = world.storage.monotonic() + 60

        async def run() -> None:
            session = world.session(deadline=deadline)
            async with session.unit(world.scope) as unit:
                await unit.commit()

        drive(run())
        connections[world.alias].close()
        with connections[world.alias].cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize(
    "options",
    [
        {"prepare_threshold": None},
        {"prepare_threshold": 0},
        {"server_side_binding": True},
        {"isolation_level": 3},
        {"application_name": "monolith"},
    ],
    ids=lambda options: next(iter(options)) + str(next(iter(options.values()))),
)
def test_options_of_the_driver_change_nothing(migrated_postgres: str, options: dict[str, Any]) -> None:
    """Prepared statements, server-side binding and stricter isolation, as projects set them."""
    with kept(migrated_postgres, OPTIONS=options, DISABLE_SERVER_SIDE_CURSORS=True) as world:
        world.insert_in_unit("A")
        with transaction.atomic(using=world.alias):
            world.insert("B")
            with pytest.raises(Conflict):
                world.insert("A")
        assert world.skus() == ["A", "B"]
