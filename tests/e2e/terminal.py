"""A shell for tests of the command line: a folder, an environment, and what a command answered."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from kingpost.adapters.runtime.command import main

SECRET = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ"


class Answer(Struct, frozen=True):
    """Exit code and output of one command."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """The lines of a refusal, each of which must name the command and fit for a person."""
        lines = self.err.splitlines()
        assert lines
        assert "Traceback" not in self.err
        assert all(line.startswith(("kingpost: ", "usage: ", " ", "kingpost ")) for line in lines), self.err
        return [line.removeprefix("kingpost: ") for line in lines if line.startswith("kingpost: ")]


class Terminal:
    """Runs commands in this process, in a folder and an environment of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in [name for name in os.environ if name.startswith("KINGPOST_")]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setenv("COLUMNS", "200")

    def set(self, **settings: str) -> None:
        """Set KINGPOST_ variables."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"KINGPOST_{name}", value)

    def run(self, *argv: str) -> Answer:
        """What the command answers."""
        self._capsys.readouterr()
        try:
            code = main(argv)
        except SystemExit as left:  # argparse leaves so
            code = left.code if isinstance(left.code, int) else 1
        out, err = self._capsys.readouterr()
        return Answer(code, out, err)

    def done(self, *argv: str) -> str:
        """The output of a command that must succeed."""
        answer = self.run(*argv)
        assert answer.code == 0, answer.err
        return answer.out


def command() -> list[str]:
    """The installed command ``kingpost``, else the module that it runs."""
    installed = shutil.which("kingpost", path=str(Path(sys.executable).parent))
    return [installed] if installed else [sys.executable, "-m", "kingpost"]


def environment(**settings: str) -> dict[str, str]:
    """The environment of a program started by a test: no settings but these, and the repository importable for its examples."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KINGPOST_")}
    given = {f"KINGPOST_{name}": value for name, value in settings.items()}
    return {**kept, **given, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
