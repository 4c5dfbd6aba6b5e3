"""A copy of the example monolith in a folder of its own, and its commands. It knows files and processes; Django runs in other processes only."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "examples" / "monolith"
PATCH: Final = SOURCE / "install.patch"
PATIENCE: Final = 300.0
"""Seconds for a test suite on a busy machine."""
_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "*.sqlite3*", PATCH.name)
_SETTINGS = ("KINGPOST_", "DJANGO_", "DATABASE_URL", "PYTEST_", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS")
_BATCH = """
import json, sys
from django.core.management import execute_from_command_line
for command in json.loads(sys.argv[1]):
    execute_from_command_line(["manage.py", *command])
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A copy of the monolith over one database."""

    folder: Path
    database: str

    def environment(self, **more: str) -> dict[str, str]:
        """That of this process without anybody's settings, and with this project's database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "DATABASE_URL": self.database, **more}

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command in the project's folder, whatever comes of it."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(**environment), capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def manage(self, *arguments: str, **environment: str) -> str:
        """What a management command printed; it has to succeed."""
        return succeeded(self.run(sys.executable, "manage.py", *arguments, **environment))

    def batch(self, *commands: Sequence[str]) -> str:
        """What several management commands printed, one after the other in one process, which stops at the first that fails."""
        return succeeded(
            self.run(sys.executable, "-W", "error", "-c", _BATCH, json.dumps(commands), DJANGO_SETTINGS_MODULE="backoffice.settings")
        )

    def play(self, *paths: str, **environment: str) -> str:
        """What pytest said of the project's own suite, or of a part of it; it has to pass."""
        return succeeded(self.run(sys.executable, "-m", "pytest", "-q", *paths, **environment))

    def patch(self, *options: str) -> None:
        """Install Kingpost by the documented diff; with ``--reverse`` take it out again."""
        succeeded(self.run("git", "apply", *options, str(PATCH)))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")


def copied(folder: Path, database: str) -> Project:
    """The monolith as it is without Kingpost."""
    shutil.copytree(SOURCE, folder, ignore=_LEFT_BEHIND)
    return Project(folder=folder, database=database)


def succeeded(done: "subprocess.CompletedProcess[str]") -> str:
    """Its output; a failed command fails the test with all that it said."""
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done.stdout
