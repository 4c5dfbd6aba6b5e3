"""``kingpost new-component`` from outside: what it writes, what it refuses and why, and that a refusal leaves nothing. It imports no component that it made."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

from .terminal import Terminal

NAMES = (
    ("helpdesk", "--record", "Ticket"),
    ("notes",),
    ("companies", "--package", "acme.companies"),
    ("a1", "--record", "Ox", "--plural", "oxen"),
    ("shop", "--record", "LineItem", "--package", "acme.parts.shop"),
    ("abcdefghijklmnopqrstuvwx", "--record", "Abcdefghijklmnopqrstuvwx", "--package", "abcdefghijklmnopqrstuvwx.abcdefghijklmnopqrstuvwx"),
    ("zoo", "--record", "ZebraOfTheLongestNamesEv", "--plural", "zebras of the longest namess"),
)


def files(folder: Path) -> dict[str, str]:
    """Path -> text of everything below the folder."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("argv", NAMES, ids=" ".join)
def test_whatever_it_is_called_the_result_is_formatted_and_passes_every_rule(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """Ruff with the rules of this repository finds nothing to say and nothing to format, however long or short the names are."""
    terminal.done("new-component", *argv)
    allowed = "TID251"  # the names that are banned in the kernel alone
    checked = (
        ["check", "--config", f"{ROOT}/pyproject.toml", "--ignore", allowed],
        ["format", "--check", "--config", f"{ROOT}/pyproject.toml"],
    )
    for arguments in checked:
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."], cwd=terminal.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert not [line for text in files(terminal.folder).values() for line in text.splitlines() if "$" in line]


def test_it_tells_what_it_wrote_and_what_can_be_done_with_it(terminal: Terminal) -> None:
    """Every file is named, none else was written, and the commands name the package."""
    told = terminal.done("new-component", "helpdesk", "--record", "Ticket", "--package", "acme.helpdesk")
    assert sorted(line.removeprefix("wrote ") for line in told.splitlines() if line.startswith("wrote ")) == sorted(files(terminal.folder))
    assert "KINGPOST_COMPONENTS=tenancy,acme.helpdesk kingpost serve" in told
    assert '"acme.helpdesk"' in files(terminal.folder)["acme/helpdesk/apps.py"]


def test_a_dry_run_writes_nothing(terminal: Terminal) -> None:
    """It tells the files that would be written."""
    told = terminal.done("new-component", "helpdesk", "--dry-run")
    assert "would write helpdesk/records.py" in told
    assert files(terminal.folder) == {}


def test_parent_packages_that_are_there_are_left_as_they_are(terminal: Terminal) -> None:
    """A second component in a package changes nothing of it."""
    terminal.done("new-component", "helpdesk", "--package", "acme.helpdesk")
    (terminal.folder / "acme" / "__init__.py").write_text('"""Ours."""\n', encoding="utf-8")
    before = files(terminal.folder)
    terminal.done("new-component", "notes", "--package", "acme.notes")
    assert {path: text for path, text in files(terminal.folder).items() if "notes" not in path} == before


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("Help-Desk",), "one word"),
        (("help_desk",), "one word"),
        (("",), "one word"),
        (("a" * 25,), "at most 24"),
        (("../up",), "one word"),
        (("class",), "a word of Python"),
        (("tenancy",), "a word of Kingpost"),
        (("identity",), "a word of Kingpost"),
        (("calendar",), "standard library"),
        (("msgspec",), "importable already"),
        (("desk", "--package", "msgspec.desk"), "importable already"),
        (("desk", "--package", "shop/desk"), "no import path"),
        (("desk", "--package", "shop.class"), "no import path"),
        (("desk", "--package", ".desk"), "no import path"),
        (("desk", "--record", "ticket"), "capitalised"),
        (("desk", "--record", "Ticket2"), "capitalised"),
        (("desk", "--record", "Übung"), "capitalised"),
        (("desk", "--record", "T" + "t" * 24), "capitalised"),
        (("desk", "--record", "Class"), "a word of Python"),
        (("desk", "--record", "Type"), "a word of Python"),
        (("desk", "--record", "Context"), "the code of every component names"),
        (("desk", "--record", "Body"), "the code of every component names"),
        (("desk", "--record", "Page"), "the code of every component names"),
        (("desk", "--record", "Tenant"), "a path of Kingpost's own"),
        (("desk", "--record", "Sheep", "--plural", "sheep"), "--plural"),
        (("desk", "--record", "Ticket", "--plural", "Tickets!"), "--plural"),
        (("desk", "--record", "Metric"), "a path of Kingpost's own"),
        (("desk", "--folder", "nowhere"), "no folder"),
    ],
    ids=" ".join,
)
def test_a_name_that_will_not_do_is_refused_with_a_mend_and_nothing_is_written(
    terminal: Terminal, argv: tuple[str, ...], told: str
) -> None:
    """Code 2, one line for what is wrong, and an empty folder as before."""
    answer = terminal.run("new-component", *argv)
    assert answer.code == 2
    assert told in "\n".join(answer.problems)
    assert files(terminal.folder) == {}


def test_everything_wrong_is_told_at_once(terminal: Terminal) -> None:
    """Three names, three lines."""
    answer = terminal.run("new-component", "x-y", "--record", "lower", "--plural", "UPPER")
    assert len(answer.problems) == 3


@pytest.mark.parametrize("there", ["helpdesk/api.py", "helpdesk"])
def test_nothing_is_written_over_what_is_there(terminal: Terminal, there: str) -> None:
    """A folder or a file of the name is left alone, whatever is in it."""
    place = terminal.folder / there
    place.parent.mkdir(exist_ok=True)
    place.write_text("mine", encoding="utf-8")
    answer = terminal.run("new-component", "helpdesk")
    assert answer.code == 2
    assert "is there already" in answer.problems[0]
    assert files(terminal.folder) == {there: "mine"}


def test_a_parent_that_is_a_file_is_told(terminal: Terminal) -> None:
    """No package can lie in it."""
    (terminal.folder / "acme").write_text("mine", encoding="utf-8")
    answer = terminal.run("new-component", "helpdesk", "--package", "acme.helpdesk")
    assert answer.code == 2
    assert "is a file" in answer.problems[0]


def test_what_cannot_be_written_to_the_end_is_taken_away_again(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full at the fifth file leaves no half of a component."""
    opened = Path.open
    count = 0

    def full(path: Path, mode: str = "r", **named: str) -> object:
        nonlocal count
        count += mode == "x"
        if mode == "x" and count == 5:
            raise OSError(28, "No space left on device", str(path))
        return opened(path, mode, **named)

    monkeypatch.setattr(Path, "open", full)
    answer = terminal.run("new-component", "helpdesk", "--package", "acme.helpdesk")
    assert answer.code == 2
    assert "No space left on device; nothing was changed" in answer.problems[0]
    assert list(terminal.folder.iterdir()) == []


def test_a_draft_for_nothing_is_told(terminal: Terminal) -> None:
    """A component that is not there, and one whose records say what its revisions make: one line each, and no file."""
    assert "no module 'helpdesk'" in terminal.run("migrate", "--draft", "helpdesk").problems[0]
    assert "no revision is needed" in terminal.run("migrate", "--draft", "tenancy").problems[0]
    assert files(terminal.folder) == {}
