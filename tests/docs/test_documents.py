"""The documents are true: links lead somewhere, snippets run, commands are those that CI calls. It knows Markdown and no more of Kingpost."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")}
)
BLOCK = re.compile(r"^(?P<mark><!--[^\n]*-->\n)?```(?P<kind>[\w-]+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
EXTRAS = re.compile(r'"[\w.]*\[(?P<extras>[\w,]+)\]"')

THEIRS = "ignore:The declarative_mixin decorator"
"""A warning of advanced-alchemy over SQLAlchemy 2.1: Litestar imports it where it is installed."""


def name_of(document: Path) -> str:
    """The document's path, for the names of the tests."""
    return str(document.relative_to(ROOT))


def blocks(document: Path, kind: str) -> Iterator[str]:
    """The code of every fenced block of a kind; a block after ``<!-- not run: why -->`` is left out, and so is a ``<!-- file: path -->`` of a guide."""
    for block in BLOCK.finditer(document.read_text(encoding="utf-8")):
        if block["kind"] == kind and not re.search("not run:|file:", block["mark"] or ""):
            yield dedent(block["code"])


def anchors(document: Path) -> set[str]:
    """The anchors that a document's headings give."""
    titles = [found["title"].lower() for found in HEADING.finditer(document.read_text(encoding="utf-8"))]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


def command(name: str) -> str:
    """The one line of README's block marked ``<!-- command: name -->``."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"^<!-- command: {name} -->\n```console\n([^\n]+)\n```$", text, re.MULTILINE)
    assert len(found) == 1, f"README.md needs exactly one block of one line after <!-- command: {name} -->"
    return str(found[0])


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    """A link without a scheme names a file that exists and, after ``#``, a heading of it."""
    dead = []
    for link in LINK.finditer(document.read_text(encoding="utf-8")):
        path, _, anchor = link["target"].partition("#")
        if "://" in link["target"] or link["target"].startswith("mailto:"):
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link["target"])
    assert not dead, f"dead links: {dead}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_the_python_snippets_of_a_document_run_in_order(document: Path, tmp_path: Path) -> None:
    """The Python blocks of one document, one after the other, run without an error and without a warning."""
    code = "\n\n".join(blocks(document, "python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", THEIRS, "-c", f"import sys; sys.path.append({str(ROOT)!r})\n\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_the_toml_snippets_of_a_document_parse(document: Path) -> None:
    """Every TOML block is TOML."""
    for block in blocks(document, "toml"):
        assert tomllib.loads(block) is not None


@pytest.mark.parametrize("name", ["serve", "test"])
def test_a_newcomers_command_is_one_line_that_asks_for_extras_that_exist(name: str) -> None:
    """Each of the two commands makes an environment, installs extras that pyproject.toml declares, and runs something."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    line = command(name)
    asked = EXTRAS.search(line)
    assert asked, line
    assert set(asked["extras"].split(",")) <= set(declared)
    assert line.startswith("python3 -m venv .venv && ")


def test_ci_calls_the_test_command_of_the_readme() -> None:
    """``.ci/run --test-command`` prints the line of the README that CI calls."""
    done = subprocess.run(["bash", ROOT / ".ci" / "run", "--test-command"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == command("test")
