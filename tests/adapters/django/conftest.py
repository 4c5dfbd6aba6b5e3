"""The databases of these tests. It configures Django before any test module of this folder is imported."""

from collections.abc import Iterator

import pytest
import pytest_django

from tests.adapters.django import project

project.configure()

from django.core.management import call_command
from django.db import connections


@pytest.fixture(scope="session", autouse=True)
def _databases(django_test_environment: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """These tests open databases of their own, so pytest-django's guard is lifted."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def migrated() -> str:
    """The alias of a SQLite file with every table."""
    call_command("migrate", verbosity=0)
    return "default"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The alias of a PostgreSQL database with every table."""
    project.add_alias("postgres", project.entry(postgres_url))
    call_command("migrate", database="postgres", verbosity=0)
    yield "postgres"
    project.remove_alias("postgres")
