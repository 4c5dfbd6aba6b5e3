"""Words that no file of the repository holds: unfinished work, machine paths, boasts. It reads text and knows no syntax."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

BANNED = {
    "unfinished work": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"),
    "a plan or a history": re.compile(r"(?i)\b(?:later|next|previous|earlier|this) (?:issue|sprint|pull request)\b|\bissues? #?\d"),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|home/\w+|Users|root|opt)/"),
    "a boast": re.compile(r"(?i)\b(?:blazing(?:ly)?|world-class|cutting-edge|state-of-the-art|enterprise-grade|battle-tested)\b"),
}
TEXT = {".py", ".md", ".toml", ".ini", ".cfg", ".html", ".css", ".js", ".sql", ".lua", ".yaml", ".yml", ".mako", ".in", ""}
UNREAD = {"LICENSE", "tests/architecture/test_words.py"}


def repository() -> list[Path]:
    """Every text file that git tracks or would track."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.splitlines() if name not in UNREAD]
    return [path for path in files if path.suffix in TEXT and path.is_file() and not path.is_symlink()]


def test_no_file_holds_a_banned_word() -> None:
    """No file tells of unfinished work, of one machine, of plans or of glory."""
    found = [
        f"{path.relative_to(ROOT)}:{number} {what}: {match.group()!r}"
        for path in repository()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for what, pattern in BANNED.items()
        if (match := pattern.search(line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("unfinished work", "# TODO: the rest"),
        ("a plan or a history", "comes in a later issue"),
        ("a plan or a history", "see issue 12"),
        ("a path of one machine", "cd /work/main"),
        ("a boast", "a blazingly fast store"),
    ],
)
def test_each_banned_word_is_seen(what: str, line: str) -> None:
    """The check above bites."""
    assert BANNED[what].search(line)
