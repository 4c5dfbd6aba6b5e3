"""The targets as fixtures, each made once per test process. It knows their names; where databases come from is the backends' business."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kingpost.conformance.target import Target
from kingpost.conformance.targets import opened
from tests.conformance.targets import COMPONENTS, MemoryTarget

TARGETS = ("memory", "django_wsgi")
"""The reference and what is farthest from it; ``kingpost conformance`` judges the others."""


def on_sqlite(name: str, folders: pytest.TempPathFactory) -> AbstractContextManager[Target]:
    """The target of this name on a SQLite file."""
    return opened(name, COMPONENTS, backend="sqlite", folder=folders.mktemp(name))


@pytest.fixture(scope="session")
def memory_target() -> MemoryTarget:
    """The oracle."""
    return MemoryTarget()


@pytest.fixture(scope="session")
def litestar_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Litestar on a SQLite file."""
    with on_sqlite("litestar", tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="session")
def django_wsgi_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Django over WSGI on a SQLite file."""
    with on_sqlite("django-wsgi", tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="session")
def django_wsgi_decoded_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Django over WSGI behind a server that hands over decoded paths only."""
    with on_sqlite("django-wsgi-decoded", tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="session")
def django_asgi_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Django over ASGI on a SQLite file."""
    with on_sqlite("django-asgi", tmp_path_factory) as made:
        yield made


@pytest.fixture
def postgres_targets(postgres_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Target, Target]]:
    """Litestar and Django over WSGI, each on a PostgreSQL database of its own."""
    folder = tmp_path_factory.getbasetemp()
    with (
        opened("litestar", COMPONENTS, backend="postgresql", folder=folder) as litestar,
        opened("django-wsgi", COMPONENTS, backend="postgresql", folder=folder) as django,
    ):
        yield litestar, django


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> object:
    """Every target in turn."""
    return request.getfixturevalue(f"{request.param}_target")
