"""The guide is true: it is done from its top to its bottom in an empty folder, and its result is the example. It knows marks of blocks and no component.

A block after ``<!-- file: path -->`` is written, one after ``<!-- run -->`` is run by bash and must succeed, and what ``<!-- serve -->`` starts is stopped
by the one that follows, or at the end.
"""

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.test_documents import BLOCK, ROOT

GUIDE = ROOT / "docs" / "guide.md"
EXAMPLE = ROOT / "examples" / "helpdesk"
MARK = re.compile(r"<!-- (?P<verb>file|run|serve)(?:: (?P<what>.+))? -->")
MADE = {"alembic", "migrations", "__pycache__"}
"""Folders in which commands write, some of it with a date."""
LONGEST = 300
"""Lines of code of the finished help desk, as ``code_lines`` counts them."""


def steps() -> Iterator[tuple[str, str, str]]:
    """What is done in the guide, in order: verb, object, text."""
    for block in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        mark = MARK.fullmatch((block["mark"] or "").strip())
        if mark is not None:
            yield mark["verb"], mark["what"] or "", block["code"]


def hand_written(folder: Path) -> dict[str, str]:
    """Path -> text of what no command writes, with the package called as in the guide."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*.py")))
    return {
        str(path): (folder / path).read_text(encoding="utf-8").replace("examples.helpdesk", "helpdesk")
        for path in found
        if not MADE & set(path.parts)
    }


class Shell:
    """A folder in which a person follows the guide."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.served: subprocess.Popen[str] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KINGPOST_", "PYTEST_", "DJANGO_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "KINGPOST_BIND": f"127.0.0.1:{self.port}", "PYTHONUNBUFFERED": "1"}

    def file(self, name: str, text: str) -> None:
        """Write a file over what is there."""
        place = self.folder / name
        assert place.parent.is_dir(), f"the guide writes {name} before there is {place.parent.name}"
        place.write_text(text, encoding="utf-8")

    def run(self, _: str, text: str) -> None:
        """Run some lines of a shell."""
        command = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"

    def serve(self, _: str, text: str) -> None:
        """Start a server in place of the last one, and wait until it answers."""
        self.stop()
        self.served = subprocess.Popen(
            ["bash", "-c", f"exec {text}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = ["curl", "-sf", "-o", "/dev/null", "--retry", "120", "--retry-delay", "1", "--retry-all-errors"]
        answered = subprocess.run([*ready, f"http://127.0.0.1:{self.port}/readyz"], check=False)
        assert answered.returncode == 0, f"{text} does not answer"

    def stop(self) -> None:
        """End the server as Ctrl-C does."""
        if self.served is not None:
            self.served.send_signal(signal.SIGINT)
            told, _ = self.served.communicate(timeout=60)
            assert "Traceback" not in told, told
            self.served = None


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """A shell whose server is ended in any case."""
    opened = Shell(folder)
    try:
        yield opened
        opened.stop()
    finally:
        if opened.served is not None:
            opened.served.kill()
            opened.served.communicate()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide calls curl")
def test_the_guide_can_be_followed_and_leads_to_the_example(tmp_path: Path) -> None:
    """Every file is written, every command succeeds, both deployments answer, and what stands there then is ``examples/helpdesk``."""
    verbs = set[str]()
    with shell(tmp_path) as opened:
        for verb, what, text in steps():
            getattr(opened, verb)(what, text)
            verbs.add(verb)
    assert verbs == {"file", "run", "serve"}
    assert hand_written(tmp_path / "helpdesk") == hand_written(EXAMPLE)


def test_the_files_of_the_guide_are_those_of_the_example() -> None:
    """Whoever changes the one is told of the other, without following the guide."""
    example = hand_written(EXAMPLE)
    told = {what.removeprefix("helpdesk/"): text for verb, what, text in steps() if verb == "file" and what.startswith("helpdesk/")}
    assert told
    assert told == {path: example[path] for path in told}


def test_the_help_desk_is_small() -> None:
    """What serves it, all but its tests and cases, is less than 300 lines of code."""
    counted = {path: code_lines(text) for path, text in hand_written(EXAMPLE).items() if not path.startswith(("tests/", "cases"))}
    assert 0 < sum(counted.values()) < LONGEST, counted


def test_the_help_desk_has_no_line_for_an_adapter() -> None:
    """It names none, but where Django looks for an app and its models and where a select is written."""
    telling = {path for path, text in hand_written(EXAMPLE).items() if re.search(r"adapters|litestar|django|alembic", text)}
    assert telling == {"apps.py", "models.py", "queries.py"}


def code_lines(text: str) -> int:
    """Lines that are neither empty nor of a docstring."""
    strings = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    told = {line for node in strings for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return sum(1 for number, line in enumerate(text.splitlines(), 1) if line.strip() and number not in told)
