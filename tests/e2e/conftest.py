"""Shells for tests of the command line, in an empty folder or with a migrated database. It knows settings and no command's output."""

from pathlib import Path

import pytest

from .terminal import SECRET, Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in an empty folder with an empty environment."""
    return Terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return f"sqlite:///{tmp_path}/app.sqlite3" if request.param == "sqlite" else str(request.getfixturevalue("fresh_postgres_url"))


@pytest.fixture
def deployed(terminal: Terminal, database: str) -> Terminal:
    """A shell with a migrated database of its own settings, as a deployment has."""
    terminal.set(DATABASE=database, SECRET=SECRET, HOSTS="api.example.com", BIND="0.0.0.0:8000")
    terminal.done("migrate")
    return terminal
