"""Two command lines and one database: one history owns the tables, the other refuses and says what to do, and can take them over. It knows commands, no table."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import create_engine, text

from kingpost.adapters.sql.urls import parse

from .terminal import SECRET, Answer, Terminal, environment

PATIENCE: Final = 120.0
HOSTS: Final = "api.example.com"


class Manage:
    """``manage.py`` of the standalone Django site on the same database, in processes of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        settings = environment(DATABASE=database, SECRET=SECRET, HOSTS=HOSTS, BIND="0.0.0.0:8000")
        self._environment = {**settings, "DJANGO_SETTINGS_MODULE": "kingpost.adapters.django_app.site.settings"}

    def run(self, *argv: str) -> Answer:
        """What the command answers."""
        command = [sys.executable, "-m", "django", *argv]
        done = subprocess.run(
            command, env=self._environment, cwd=self._folder, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def done(self, *argv: str) -> str:
        """The output of a command that must succeed."""
        answer = self.run(*argv)
        assert answer.code == 0, answer.err
        return answer.out


@pytest.fixture
def shell(terminal: Terminal, database: str) -> Terminal:
    """``kingpost`` on an empty database."""
    terminal.set(DATABASE=database, SECRET=SECRET, HOSTS=HOSTS, BIND="0.0.0.0:8000")
    return terminal


@pytest.fixture
def manage(tmp_path: Path, database: str) -> Manage:
    """``manage.py`` on the same one."""
    return Manage(tmp_path, database)


def execute(url: str, *statements: str) -> None:
    """Run statements as somebody else would."""
    engine = create_engine(parse(url).for_sqlalchemy)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def refuses_and_says(answer: Answer, *mends: str) -> None:
    """It ends with an error that names every way out, and that nothing was changed."""
    assert answer.code != 0
    assert all(mend in answer.err for mend in (*mends, "nothing was changed")), answer.err


def test_what_django_has_made_is_djangos_until_it_is_taken_over(shell: Terminal, manage: Manage) -> None:
    """Both work with the rows at any time; only one migrates, and whichever does not says what to do."""
    manage.done("migrate")
    assert "kp_p_" in manage.done("kingpost_bootstrap")
    manage.done("kingpost_tenant", "create", "acme", "Acme")
    refuses_and_says(shell.run("migrate"), "manage.py migrate", "kingpost migrate --adopt")
    assert "django" in shell.done("migrate", "--show")
    assert "acme" in shell.done("tenant", "list")

    assert "took over" in shell.done("migrate", "--adopt")
    refuses_and_says(manage.run("migrate", "kingpost_tenancy", "zero"), "kingpost migrate", "manage.py kingpost_adopt")
    assert "nothing to migrate" in shell.done("migrate")
    assert "acme" in manage.done("kingpost_tenant", "list")

    assert "Django's history owns the tables now." in manage.done("kingpost_adopt")
    refuses_and_says(shell.run("migrate"), "manage.py migrate", "kingpost migrate --adopt")
    manage.done("migrate")
    assert "acme" in shell.done("tenant", "list")


def test_what_kingpost_has_made_is_its_own_until_django_takes_it_over(shell: Terminal, manage: Manage) -> None:
    """The other direction, from an empty database."""
    shell.done("migrate")
    shell.done("tenant", "create", "acme", "Acme")
    refuses_and_says(manage.run("migrate"), "kingpost migrate", "manage.py kingpost_adopt")
    assert "acme" in manage.done("kingpost_tenant", "list")

    manage.done("kingpost_adopt")
    manage.done("migrate")
    refuses_and_says(shell.run("migrate"), "manage.py migrate", "kingpost migrate --adopt")
    assert "acme" in shell.done("tenant", "list")

    shell.done("migrate", "--adopt")
    refuses_and_says(manage.run("migrate", "kingpost_tenancy", "zero"), "manage.py kingpost_adopt")
    assert "up to date" in shell.done("migrate", "--show")


def test_a_version_meets_the_schema_of_the_next(shell: Terminal, database: str) -> None:
    """It goes on working, says so, and does not migrate; a schema that lacks what it reads it refuses."""
    shell.done("migrate")
    execute(
        database,
        "UPDATE kingpost_alembic SET version_num = 'tenancy_0099' WHERE version_num LIKE 'tenancy%'",
        "UPDATE kingpost_schema SET revision = 'tenancy_0099' WHERE component = 'tenancy'",
        "ALTER TABLE kingpost_tenancy_tenant ADD COLUMN extra text",
    )
    assert "at tenancy_0099, which a newer version made" in shell.done("migrate", "--show")
    shell.done("tenant", "create", "acme", "Acme")
    assert "acme" in shell.done("tenant", "list")
    refuses_and_says(shell.run("migrate"), "tenancy_0099", "install the version that made it")
    execute(database, "ALTER TABLE kingpost_tenancy_tenant DROP COLUMN plan")
    refused = shell.run("tenant", "list")
    assert refused.code == 1
