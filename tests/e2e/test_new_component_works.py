"""What ``kingpost new-component`` writes is a component as the rest of the house: typed, tested, migrated by both histories, judged by the kit.

It stands in a project of its own, beside a copy of the package as a wheel would install it, because checkers do not follow an editable install.
"""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from textwrap import dedent

import pytest

from tests.architecture.house import ROOT

from .terminal import SECRET, command, environment

pytestmark = pytest.mark.slow

DJANGO = f"""
SECRET_KEY = "{SECRET}"
USE_TZ = True
ROOT_URLCONF = "kingpost.adapters.django_app.urls"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "project.sqlite3"}}}}
KINGPOST = {{"SECRET": ["{SECRET}"], "HOSTS": ["testserver"]}}

import kingpost

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *kingpost.apps("tenancy"),
    "helpdesk",
]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the component, a Django project's settings, and nothing else that is imported."""
    folder = tmp_path_factory.mktemp("project")
    ran(folder, *command(), "new-component", "helpdesk", "--record", "Ticket")
    (folder / "shop.py").write_text(dedent(DJANGO), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that holds Kingpost as a wheel brings it."""
    folder = tmp_path_factory.mktemp("site")
    copytree(ROOT / "kingpost", folder / "kingpost", ignore=ignore_patterns("__pycache__"))
    return folder


def ran(folder: Path, *argv: str, **more: str) -> str:
    """What a program says that is started in the folder and must succeed."""
    clean = {name: value for name, value in environment().items() if not name.startswith(("PYTHONPATH", "PYTEST_"))}
    done = subprocess.run(argv, cwd=folder, env={**clean, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def django(folder: Path, *argv: str) -> str:
    """A management command of the project."""
    return ran(folder, sys.executable, "-m", "django", *argv, DJANGO_SETTINGS_MODULE="shop")


def test_mypy_finds_nothing(project: Path, installed: Path) -> None:
    """Strict, over everything but Django's migrations, which no checker can read because Django ships no types."""
    options = ("--strict", "--follow-imports=silent", "--exclude", "helpdesk/migrations/", "--cache-dir", str(installed / "cache"))
    assert "no issues found" in ran(project, sys.executable, "-m", "mypy", *options, "helpdesk", MYPYPATH=str(installed))


def test_pyright_finds_nothing(project: Path, installed: Path) -> None:
    """Strict, over the same."""
    settings = (
        f'{{"include": ["helpdesk"], "exclude": ["helpdesk/migrations"], "extraPaths": ["{installed}"], "typeCheckingMode": "strict"}}'
    )
    (project / "pyrightconfig.json").write_text(settings, encoding="utf-8")
    assert "0 errors, 0 warnings" in ran(project, sys.executable, "-m", "pyright", "--pythonpath", sys.executable)


def test_its_own_tests_pass(project: Path) -> None:
    """Under a plain pytest, without a setting."""
    assert re.search(r"\d+ passed", ran(project, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "helpdesk"))


def test_the_kit_finds_nothing(project: Path) -> None:
    """The cases on both deployments, what is equal on both, and the tables of both histories, each on SQLite."""
    parts = (f"--part={part}" for part in ("cases", "parity", "schema"))
    chosen = ("--component=helpdesk", "--component=schema")
    kit = ("conformance", "--target=litestar", "--against=django-wsgi", "--backend=sqlite", "--components=helpdesk")
    told = ran(project, *command(), *kit, *parts, *chosen)
    assert ", 0 failed" in told
    assert re.search(r"schema +\S+ +\S+ +\d passed", told)


def test_both_histories_say_what_the_records_say(project: Path) -> None:
    """Neither has anything to add to the revisions that were written."""
    done = subprocess.run(
        [*command(), "migrate", "--draft", "helpdesk"], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert "no revision is needed" in done.stderr
    assert "No changes detected" in django(project, "makemigrations", "--check")


def test_both_histories_can_be_drafted_anew(project: Path, tmp_path: Path) -> None:
    """What autogenerate and ``makemigrations`` make of the records runs, and is what was written: its steps are equal."""
    copy = tmp_path / "project"
    copytree(project, copy)
    (migration,) = (copy / "helpdesk" / "migrations").glob("0*.py")
    (revision,) = (copy / "helpdesk" / "alembic").glob("helpdesk_0001_*.py")
    first = steps(revision)
    revision.unlink()
    migration.unlink()
    ran(copy, *command(), "migrate", "--draft", "helpdesk", "--message", "tickets")
    assert steps(revision) == first
    assert "Create model Ticket" in django(copy, "makemigrations", "kingpost_helpdesk")
    django(copy, "migrate")
    ran(
        copy,
        *command(),
        "migrate",
        KINGPOST_COMPONENTS="tenancy,helpdesk",
        KINGPOST_DATABASE=f"sqlite:///{copy}/own.sqlite3",
        KINGPOST_SECRET=SECRET,
    )


def steps(revision: Path) -> str:
    """A revision without its title, and without quotes, commas and white space, in which autogenerate and the formatter differ."""
    return re.sub(r"[\s,'\"]", "", revision.read_text(encoding="utf-8").partition("\n")[2])
