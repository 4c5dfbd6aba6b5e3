"""The monolith before, with and after Kingpost: its own test suite, unchanged, and what is left in its database. It knows the documented commands."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.monolith.project import PATCH, ROOT, Project, succeeded

FACTS = """
import json
from django.db import connection as c
c.ensure_connection()
with c.cursor() as cursor:
    def rows(sql):
        cursor.execute(sql)
        return sorted(map(list, cursor.fetchall()))
    tables = {t: sorted(d.name for d in c.introspection.get_table_description(cursor, t)) for t in c.introspection.table_names(cursor)}
    keys = {t: sorted(c.introspection.get_constraints(cursor, t)) for t in tables}
    print(json.dumps({
        "tables": tables,
        "keys": keys,
        "migrations": rows("SELECT app, name FROM django_migrations"),
        "content types": rows("SELECT app_label, model FROM django_content_type"),
        "permissions": rows("SELECT t.app_label, p.codename FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id"),
    }))
"""
"""What a database holds besides the rows of the project itself."""


DAILY = (("kingpost_bootstrap",), ("kingpost_tenant", "create", "hotel", "Hotel Pelikan"), ("kingpost_doctor",))
CORE, COMPONENT = '    *kingpost.apps("tenancy"),\n', '    "examples.storefront",\n'
"""Two lines of the diff."""


def facts(project: Project, *after: Sequence[str]) -> dict[str, Any]:
    """Tables with their columns, keys and indexes; migrations; content types; permissions; once the commands have been run."""
    found: dict[str, Any] = json.loads(project.batch(*after, ("shell", "-v0", "-c", FACTS)).splitlines()[-1])
    return found


def commands(title: str) -> list[list[str]]:
    """The arguments of the ``manage.py`` commands of one part of the page about Django, in order."""
    page = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
    part = re.split(r"^#+ ", page.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return [line.split()[2:] for line in part.splitlines() if line.startswith("python manage.py ")]


def test_the_diff_is_short() -> None:
    """Installing Kingpost changes fewer than 40 lines of the project."""
    changed = [line for line in PATCH.read_text(encoding="utf-8").splitlines() if re.match(r"[+-](?![+-]{2} )", line)]
    assert 0 < len(changed) < 40


@pytest.mark.slow
def test_the_suite_passes_before_with_and_after(monolith: Project) -> None:
    """The project's suite runs unchanged without Kingpost, with it, with one component less, and without it again, which leaves no trace."""
    monolith.play()
    before = facts(monolith, ("migrate", "-v0"))

    monolith.patch()
    monolith.play()
    said = monolith.batch(("check", "--fail-level", "WARNING"), ("makemigrations", "--check"), ("migrate", "-v0"), *DAILY)
    assert "kp_p_" in said
    assert "storefront" in json.dumps(facts(monolith))

    tables, rest = commands("Taking a component out")
    monolith.batch(tables)
    monolith.edit("backoffice/settings.py", COMPONENT, "")
    left = facts(monolith, rest, ("kingpost_doctor",))
    assert "storefront" not in json.dumps(left)
    assert "kingpost_tenancy_tenant" in left["tables"]
    monolith.play()

    *tables, rest = commands("Taking Kingpost out")
    monolith.batch(("migrate", "customers", "0001"), *tables)
    monolith.edit("backoffice/settings.py", CORE, CORE + COMPONENT)
    monolith.patch("--reverse")
    assert facts(monolith, rest) == before
    monolith.play()


def test_a_host_migration_goes_with_the_tables_that_it_refers_to(installed: Project) -> None:
    """Django takes back the project's own migration first, where somebody forgets to."""
    left = facts(installed, ("migrate", "-v0"), ("migrate", "kingpost_tenancy", "zero", "-v0"))
    assert "tenant_id" not in left["tables"]["customers_customer"]
    assert [name for name in left["tables"] if name.startswith("kingpost_")] == ["kingpost_schema"]


@pytest.mark.slow
def test_what_the_project_has_of_kingpost_works(monolith: Project) -> None:
    """API, component, guarded view, admin, headers: the laws of ``installed/tests.py``, in the project's own test run."""
    monolith.patch()
    (monolith.folder / "installed").mkdir()
    (monolith.folder / "installed" / "tests.py").write_text(laws(), encoding="utf-8")
    said = monolith.play("installed")
    assert re.search(r"\d+ passed", said), said


def laws() -> str:
    """The tests that are run inside the project."""
    return (Path(__file__).parent / "installed" / "tests.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_djangos_own_runner_plays_the_suite_too(installed: Project) -> None:
    """``manage.py test`` finds and passes what pytest does."""
    done = installed.run(sys.executable, "-W", "error", "manage.py", "test")
    assert re.search(r"Ran \d\d tests", done.stderr), done.stderr
    succeeded(done)


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--nomigrations"], ["--reuse-db"], ["--create-db"]], ids=lambda options: options[0].strip("-"))
def test_the_suite_passes_however_pytest_makes_its_database(installed: Project, options: list[str]) -> None:
    """Tables straight from the models, a database that is kept and used again, and one made anew."""
    for _ in range(2 if "--reuse-db" in options else 1):
        installed.play(*options)
