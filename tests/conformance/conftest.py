"""The targets as fixtures, each made once per test process. It knows where databases come from."""

from collections.abc import Iterator

import pytest

from tests.conformance.django_child import DjangoTarget
from tests.conformance.targets import LitestarTarget, MemoryTarget, litestar_on_sql, sqlite_url

TARGETS = ("memory", "litestar", "django_wsgi", "django_asgi")


@pytest.fixture(scope="session")
def memory_target() -> MemoryTarget:
    """The oracle."""
    return MemoryTarget()


@pytest.fixture(scope="session")
def litestar_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LitestarTarget]:
    """Litestar on a SQLite file."""
    made = litestar_on_sql(sqlite_url(tmp_path_factory.mktemp("litestar")))
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_wsgi_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoTarget]:
    """Django over WSGI on a SQLite file."""
    made = DjangoTarget("django-wsgi", sqlite_url(tmp_path_factory.mktemp("django-wsgi")))
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_wsgi_decoded_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoTarget]:
    """Django over WSGI behind a server that hands over decoded paths only."""
    made = DjangoTarget("django-wsgi-decoded", sqlite_url(tmp_path_factory.mktemp("django-wsgi-decoded")))
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_asgi_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoTarget]:
    """Django over ASGI on a SQLite file."""
    made = DjangoTarget("django-asgi", sqlite_url(tmp_path_factory.mktemp("django-asgi")))
    yield made
    made.close()


@pytest.fixture
def postgres_targets(fresh_postgres_url: str, second_postgres_url: str) -> Iterator[tuple[LitestarTarget, DjangoTarget]]:
    """Litestar and Django over WSGI, each on a PostgreSQL database of its own."""
    litestar, django = litestar_on_sql(fresh_postgres_url, "litestar-postgresql"), DjangoTarget("django-wsgi", second_postgres_url)
    yield litestar, django
    litestar.close()
    django.close()


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> object:
    """Every target in turn."""
    return request.getfixturevalue(f"{request.param}_target")
