"""The targets as fixtures, each made once per test process. It knows where databases come from."""

from collections.abc import Iterator

import pytest

from tests.conformance.targets import LitestarTarget, MemoryTarget, litestar_on_sql, sqlite_url

TARGETS = ("memory", "litestar")


@pytest.fixture(scope="session")
def memory_target() -> Iterator[MemoryTarget]:
    """The oracle."""
    yield MemoryTarget()


@pytest.fixture(scope="session")
def litestar_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LitestarTarget]:
    """Litestar on a SQLite file."""
    made = litestar_on_sql(sqlite_url(tmp_path_factory.mktemp("litestar")))
    yield made
    made.close()


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> object:
    """Every target in turn."""
    return request.getfixturevalue(f"{request.param}_target")
