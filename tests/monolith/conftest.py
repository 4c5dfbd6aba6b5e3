"""The databases under the monolith, and copies of it. It knows no view of it."""

from pathlib import Path

import pytest

from tests.monolith.project import Project, copied


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/monolith.sqlite3"
    return str(request.getfixturevalue("fresh_postgres_url"))


@pytest.fixture
def monolith(database: str, tmp_path: Path) -> Project:
    """The monolith without Kingpost, on each kind of database."""
    return copied(tmp_path / "monolith", database)


@pytest.fixture
def installed(tmp_path: Path) -> Project:
    """The monolith with Kingpost, on SQLite."""
    project = copied(tmp_path / "monolith", f"sqlite:///{tmp_path}/monolith.sqlite3")
    project.patch()
    return project


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The monolith with Kingpost and its tables, for tests that only look."""
    folder = tmp_path_factory.mktemp("migrated")
    project = copied(folder / "monolith", f"sqlite:///{folder}/monolith.sqlite3")
    project.patch()
    project.manage("migrate", "-v0")
    return project
