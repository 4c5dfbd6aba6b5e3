"""The laws of queries over Django's connections, and what Django sees of them. It knows how each database is opened; the laws are the kit's."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage
from kingpost.conformance.laws import SPECIMENS, AskingLaws, Bench
from kingpost.conformance.laws.specimens import guest, open_store, owner
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage
from tests.adapters.django import project
from tests.adapters.sql.questions import QUESTIONS


def _storage(alias: str, facts: dict[str, object]) -> SqlStorage:
    project.add_alias(alias, facts)
    storage = SqlStorage(DjangoExecutors(alias), records=SPECIMENS, clock=SystemClock())
    drive(storage.create_all())
    return storage


class DjangoAskingLaws(AskingLaws):
    """The laws with the queries in SQL."""

    questions: ClassVar = QUESTIONS


class TestDjangoOnSqlite(DjangoAskingLaws):
    """A file."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A storage of its own."""
        path = tmp_path_factory.mktemp("laws") / "asking.sqlite3"
        yield Bench(_storage("asking_sqlite", {"ENGINE": "django.db.backends.sqlite3", "NAME": path}), drive)
        project.remove_alias("asking_sqlite")

    def test_a_query_is_in_django_s_log(self, bench: Bench[Storage]) -> None:
        """What is asked is one statement, which Django logs as it logs its own."""
        store = drive(open_store(bench.port))
        drive(store.insert(guest(owner(store), "Ada")))
        with CaptureQueriesContext(connections["asking_sqlite"]) as log:
            drive(store.ask(QUESTIONS.named("ADA"), limit=5))
        assert [each["sql"].count("kingpost_laws_guest WHERE") for each in log.captured_queries] == [1]

    def test_a_connection_that_was_open_before_can_search(self, bench: Bench[Storage]) -> None:
        """A connection that Django opened before the kernel was there gets what a search calls when a session is opened on it."""
        connection = connections["asking_sqlite"]
        connection.connection.create_function("kingpost_lower", 1, None)
        connection.kingpost_knows = None
        store = drive(open_store(bench.port))
        drive(store.insert(guest(owner(store), "Ada")))
        assert [row.name for row in drive(store.ask(QUESTIONS.named("ADA"), limit=5)).items] == ["Ada"]  # type: ignore[attr-defined]


class TestDjangoOnPostgresql(DjangoAskingLaws):
    """A database of its own."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, empty_postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage of its own."""
        yield Bench(_storage("asking_postgres", project.entry(empty_postgres_url)), drive)
        project.remove_alias("asking_postgres")
