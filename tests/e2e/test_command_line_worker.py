"""The command ``worker`` from outside: what it says, how it stops, and that Django's does the same."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .terminal import SECRET, Terminal, command, environment

COMPONENTS = "tenancy,outbox"


@pytest.fixture
def post(terminal: Terminal, database: str) -> Terminal:
    """A shell with a migrated database that has an outbox."""
    terminal.set(DATABASE=database, SECRET=SECRET, HOSTS="api.example.com", COMPONENTS=COMPONENTS)
    terminal.done("migrate")
    return terminal


def test_once_ends_when_nothing_is_due(post: Terminal) -> None:
    """One line, and exit code 0."""
    assert post.done("worker", "--once") == "nothing was due\n"


def test_without_the_outbox_it_says_what_to_add(deployed: Terminal) -> None:
    """A deployment that has no outbox has nothing to deliver."""
    answer = deployed.run("worker", "--once")
    assert answer.code == 2
    assert answer.problems == ["the component outbox is off, so there is nothing to deliver; add it to KINGPOST_COMPONENTS"]


def test_before_migrate_it_says_so(terminal: Terminal, database: str) -> None:
    """A database without tables is not worked on."""
    terminal.set(DATABASE=database, SECRET=SECRET, HOSTS="api.example.com", COMPONENTS=COMPONENTS)
    answer = terminal.run("worker")
    assert answer.code == 1
    assert "kingpost migrate" in answer.problems[0]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_gently(tmp_path: Path, told: signal.Signals) -> None:
    """It says that it works, and after the signal what it has done."""
    set_to = environment(DATABASE=f"sqlite:///{tmp_path}/app.sqlite3", SECRET=SECRET, HOSTS="api.example.com", COMPONENTS=COMPONENTS)
    subprocess.run([*command(), "migrate"], env=set_to, cwd=tmp_path, check=True, capture_output=True)
    with subprocess.Popen(
        [*command(), "worker"], env=set_to, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working; Ctrl-C or SIGTERM stops it\n"
        worker.send_signal(told)
        out, err = worker.communicate(timeout=20)
    assert (worker.returncode, out, err) == (0, "nothing was due\n", "")


def test_django_s_command_does_the_same(tmp_path: Path) -> None:
    """Over Django's own connection and migrations."""
    set_to = {
        **environment(DATABASE=f"sqlite:///{tmp_path}/app.sqlite3", SECRET=SECRET, HOSTS="api.example.com", COMPONENTS=COMPONENTS),
        "DJANGO_SETTINGS_MODULE": "kingpost.adapters.django_app.site.settings",
    }
    for arguments, said in ((("migrate", "-v", "0"), ""), (("kingpost_worker", "--once"), "nothing was due\n")):
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments], env=set_to, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
