"""The host's tools for looking at queries see the kernel's: the count of a test, the debug log, its logger. It knows Django's names for them."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, reset_queries, transaction
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from tests.adapters.django.wares import MUG, calling, tenant
from tests.adapters.django.worlds import World


def in_block(world: World) -> None:
    """One row inside a transaction of the host."""
    with transaction.atomic(using=world.alias):
        world.insert("C")


@pytest.mark.parametrize(
    ("act", "sqlite", "postgres"),
    [
        (lambda world: world.insert("A"), ["INSERT"], ["INSERT"]),
        (lambda world: world.insert_in_unit("B"), ["BEGIN", "INSERT", "COMMIT"], ["BEGIN", "SAVEPOINT", "INSERT", "RELEASE", "COMMIT"]),
        (in_block, ["BEGIN", "INSERT", "COMMIT"], ["BEGIN", "SAVEPOINT", "INSERT", "RELEASE", "COMMIT"]),
        (lambda world: world.skus(), ["SELECT"], ["SELECT"]),
    ],
    ids=["write", "unit", "inside a block", "read"],
)
def test_a_test_counts_the_kernels_statements(world: World, act: Callable[[World], None], sqlite: list[str], postgres: list[str]) -> None:
    """The log that ``assertNumQueries`` counts has each of them, those that begin and end transactions too."""
    words = sqlite if world.alias == "default" else postgres
    with CaptureQueriesContext(connections[world.alias]) as seen:
        act(world)
    assert [query["sql"].split()[0] for query in seen] == words


class TestCounted(TestCase):
    """The same inside a test case, by Django's own assertion."""

    databases = {"default"}

    @pytest.fixture(autouse=True)
    def _tables(self, migrated: str) -> None:
        """Every table."""

    def test_a_write_of_a_unit_is_three_statements(self) -> None:
        """Inside the test's own transaction a unit is a savepoint."""
        world = World("default")
        with self.assertNumQueries(3):
            world.insert_in_unit("A")
        with self.assertNumQueries(1):
            world.insert("B")

    def test_a_wrong_count_shows_the_kernels_statements(self) -> None:
        """The failure lists them with their values."""
        world = World("default")
        with pytest.raises(AssertionError, match=r"INSERT INTO kingpost_storefront_product .*SKU-OF-THE-LOG"), self.assertNumQueries(0):
            world.insert("SKU-OF-THE-LOG")


class TestCountedForReal(TransactionTestCase):
    """Over the API, with nothing around the test."""

    databases = {"default"}

    @pytest.fixture(autouse=True)
    def _tables(self, migrated: str) -> None:
        """Every table."""

    def _fixture_teardown(self) -> None:
        """The rows stay: these tests share their tables with all others."""

    def test_a_request_of_the_api_is_counted(self) -> None:
        """Key, tenant, then the operation's own: reading a product and listing products are one statement each."""
        client = calling(tenant()[2])
        made = client.post("/api/products", MUG, content_type="application/json")
        for path in (made["location"], "/api/products"):
            with CaptureQueriesContext(connections["default"]) as seen:
                client.get(path)
            with self.assertNumQueries(len(seen)):
                client.get(path)
            assert sum("FROM kingpost_storefront_product" in query["sql"] for query in seen) == 1


def test_the_debug_log_has_the_statements_with_their_values(world: World, settings: Any) -> None:
    """``connection.queries`` with DEBUG on: the SQL that was sent, its values in place, and how long it took."""
    settings.DEBUG = True
    reset_queries()
    world.insert("SKU-OF-THE-LOG")
    world.skus()
    written, read = connections[world.alias].queries
    assert written["sql"].startswith("INSERT INTO kingpost_storefront_product")
    assert "'SKU-OF-THE-LOG'" in written["sql"]
    assert read["sql"].startswith("SELECT")
    assert all(float(query["time"]) >= 0 for query in (written, read))
    assert not any("%s" in query["sql"] for query in (written, read))


def test_the_logger_of_django_has_them_too(world: World, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    """``django.db.backends`` at DEBUG: one record for each, with SQL, parameters, alias and duration."""
    settings.DEBUG = True
    with caplog.at_level(logging.DEBUG, "django.db.backends"):
        world.insert("SKU-OF-THE-LOG")
    (record,) = (record for record in caplog.records if record.name == "django.db.backends")
    facts: Any = record
    assert "INSERT INTO kingpost_storefront_product" in facts.sql
    assert "SKU-OF-THE-LOG" in [str(value) for value in facts.params]
    assert (facts.alias, facts.duration >= 0) == (world.alias, True)


def test_a_wrapper_around_queries_is_called_for_the_kernels(world: World) -> None:
    """``execute_wrapper``, which tracing and guards against queries use: it sees each statement, and may refuse it."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> None:
        raise PermissionError(sql)

    with connections[world.alias].execute_wrapper(refuse), pytest.raises(PermissionError, match="INSERT INTO kingpost_storefront_product"):
        world.insert("A")
    assert world.skus() == []
