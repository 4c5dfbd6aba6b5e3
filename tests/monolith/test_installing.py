"""The monolith before, with and after Kingpost: its own test suite, unchanged, and what is left in its database. It knows the documented commands."""

import json
import re
import sys
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


def facts(project: Project) -> dict[str, Any]:
    """Tables with their columns, keys and indexes; migrations; content types; permissions."""
    found: dict[str, Any] = json.loads(project.manage("shell", "-v0", "-c", FACTS))
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
    monolith.manage("migrate", "-v0")
    before = facts(monolith)

    monolith.patch()
    monolith.manage("check", "--fail-level", "WARNING")
    monolith.manage("makemigrations", "--check")
    monolith.play()
    monolith.manage("migrate", "-v0")
    assert monolith.manage("kingpost_bootstrap").startswith("kp_p_")
    monolith.manage("kingpost_tenant", "create", "hotel", "Hotel Pelikan")
    monolith.manage("kingpost_doctor")
    assert facts(monolith) != before

    out = commands("Taking a component out")
    monolith.manage(*out[0])
    monolith.edit("backoffice/settings.py", '    "examples.storefront",\n', "")
    for command in out[1:]:
        monolith.manage(*command)
    monolith.manage("kingpost_doctor")
    monolith.play()
    assert not re.search("storefront", json.dumps(facts(monolith)))

    out = commands("Taking Kingpost out")
    monolith.manage("migrate", "customers", "0001", "-v0")
    for command in out[:-1]:
        monolith.manage(*command)
    monolith.edit("backoffice/settings.py", '    *kingpost.apps("tenancy"),\n', '    *kingpost.apps("tenancy"),\n    "examples.storefront",\n')
    monolith.patch("--reverse")
    monolith.manage(*out[-1])
    assert facts(monolith) == before
    monolith.play()


def test_a_host_migration_goes_with_the_tables_that_it_refers_to(installed: Project) -> None:
    """Django takes back the project's own migration first, where somebody forgets to."""
    installed.manage("migrate", "-v0")
    installed.manage("migrate", "kingpost_tenancy", "zero", "-v0")
    left = facts(installed)
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


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_database_can_be_flushed(installed: Project, seed: str) -> None:
    """``flush``, with which every TransactionTestCase ends, empties a tenant's rows in whatever order Django picks."""
    installed.manage("migrate", "-v0")
    installed.manage("kingpost_tenant", "create", "hotel", "Hotel Pelikan")
    installed.manage("flush", "--no-input", PYTHONHASHSEED=seed)
    installed.manage("kingpost_doctor")
    assert "hotel" not in installed.manage("kingpost_tenant", "list")
