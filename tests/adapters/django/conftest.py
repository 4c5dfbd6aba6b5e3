"""The databases of these tests. It configures Django before any test module of this folder is imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import pytest_django

from tests.adapters.django import project

project.configure()

from django.core.management import call_command  # noqa: E402  (only now: Django is configured)
from django.db import connections  # noqa: E402  (as above)

from tests.adapters.django.worlds import World  # noqa: E402  (as above)


@pytest.fixture(scope="session", autouse=True)
def _databases(django_test_environment: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """These tests open databases of their own, so pytest-django's guard is lifted."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """pytest-django would put a database of its own in memory behind the alias, once a Django test case is there."""


@pytest.fixture(scope="session")
def migrated() -> str:
    """The alias of a SQLite file with every table."""
    call_command("migrate", verbosity=0)
    return "default"


@contextmanager
def _scratch_database(server_url: str) -> Iterator[str]:
    """URL of an empty database, dropped in the end."""
    import psycopg

    name = f"kingpost_test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server_url: str) -> Iterator[str]:
    """The alias of a PostgreSQL database with every table."""
    with _scratch_database(postgres_server_url) as url:
        project.add_alias("postgres", project.entry(url))
        call_command("migrate", database="postgres", verbosity=0)
        yield "postgres"
        project.remove_alias("postgres")


@pytest.fixture(scope="class")
def empty_postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of an empty database, for the tests of one class or module function."""
    with _scratch_database(postgres_server_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    """Each database in turn."""
    return World(request.getfixturevalue("migrated" if request.param == "sqlite" else "migrated_postgres"))
