"""The management commands: the runtime's, inside Django. It knows their names and what a person reads."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from kingpost.adapters.django_app.locking import migration_lock
from tests.adapters.django import project
from tests.adapters.django.wares import calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")


def said(*arguments: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_issued_used_listed_rotated_and_revoked() -> None:
    """The whole life of a key, without a line break too many."""
    _, slug, _ = tenant()
    issued = said("kingpost_key", "issue", "--tenant", slug, "--json")
    made = json.loads(issued)
    assert issued.count("\n") == 1
    assert calling(made["key"]).get("/api/tenant").status_code == 200
    assert made["id"] in said("kingpost_key", "list", "--tenant", slug)
    fresh = json.loads(said("kingpost_key", "rotate", made["id"], "--overlap", "0s", "--json"))
    assert calling(fresh["key"]).get("/api/tenant").status_code == 200
    said("kingpost_key", "revoke", fresh["id"])
    assert calling(fresh["key"]).get("/api/tenant").status_code == 401


def test_tenants_are_made_and_changed() -> None:
    """A tenant made here answers there."""
    made = said("kingpost_tenant", "create", "from-django", "From Django")
    assert "from-django" in made
    assert "from-django" in said("kingpost_tenant", "list")
    said("kingpost_tenant", "suspend", "from-django", "--reason", "late")
    assert "suspended" in said("kingpost_tenant", "show", "from-django")
    said("kingpost_tenant", "resume", "from-django")


def test_bootstrap_makes_one_key(tmp_path: Any) -> None:
    """The second run changes nothing and names the command as it is called here."""
    said("kingpost_bootstrap", "--out", str(tmp_path / "key"))
    again = said("kingpost_bootstrap")
    assert "manage.py kingpost_key issue --platform" in again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kingpost_tenant", "show", "nobody-here"), "manage.py kingpost_tenant list"),
        (("kingpost_tenant", "create", "Not A Slug", "x"), "slug"),
        (("kingpost_key", "revoke", "key_nonsense"), "manage.py kingpost_key list"),
        (("kingpost_id", "nonsense"), "TypeID"),
        (("kingpost_id", "01890a5d-ac96-774b-bcce-b302099a8057"), "manage.py kingpost_id"),
        (("kingpost_openapi", "--out", "/nowhere/at/all"), "can be written"),
    ],
)
def test_what_a_user_gets_wrong_is_one_clear_line(arguments: tuple[str, ...], words: str) -> None:
    """A ``CommandError``, in the words of this project, never another exception."""
    with pytest.raises(CommandError, match=words):
        said(*arguments)


def test_the_kernel_can_be_looked_at() -> None:
    """Graph, routes, document, ids."""
    assert "DjangoStorage" in said("kingpost_graph")
    assert "storefront.products.create" in said("kingpost_routes")
    assert json.loads(said("kingpost_openapi"))["openapi"].startswith("3.1")
    assert said("kingpost_id", "01890a5d-ac96-774b-bcce-b302099a8057", "prd") == "prd_01h455vb4pex5vsknk084sn02q\n"


def test_doctor_finds_nothing_wrong_with_a_sound_project() -> None:
    """Exit code 0 and what was looked at."""
    told = said("kingpost_doctor")
    assert "database: answers" in told
    assert "nothing keeps this deployment from working" in told


def test_doctor_says_what_is_wrong_and_how_to_mend_it(settings: Any) -> None:
    """Exit code 1; findings of the checks."""
    settings.KINGPOST = {"HOSTS": ["testserver"]}
    out = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("kingpost_doctor", stdout=out)
    assert ended.value.returncode == 1
    assert "kingpost.E002" in out.getvalue()


def test_a_database_without_tables_is_told_by_doctor_and_by_commands(settings: Any, tmp_path: Any) -> None:
    """With the command that makes them."""
    from django.apps import apps

    config = apps.get_app_config("kingpost")
    before = config.kernel
    project.add_alias(
        "bare", {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "bare", "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
    )
    settings.KINGPOST = {**settings.KINGPOST, "DATABASE": "bare"}
    del config.kernel
    try:
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("kingpost_doctor", stdout=out)
        assert "manage.py migrate" in out.getvalue()
        with pytest.raises(CommandError, match=r"manage.py migrate"):
            said("kingpost_tenant", "list")
        assert Client().get("/api/readyz").status_code == 503
    finally:
        config.kernel = before
        project.remove_alias("bare")


def test_a_migration_waits_for_another_and_gives_up_in_the_end() -> None:
    """The lock is one per database; who waits says so."""
    told: list[str] = []
    with (
        migration_lock("default", told.append),
        pytest.raises(CommandError, match="too long"),
        migration_lock("default", told.append, wait=0.3),
    ):
        pytest.fail("two processes migrate at once")
    assert told == ["another process is migrating this database: waiting for it"]
    with migration_lock("default", told.append, wait=0):
        assert len(told) == 1


def test_a_migration_of_postgresql_waits_too(migrated_postgres: str) -> None:
    """By an advisory lock of a transaction, which goes through a pooler and ends with its connection."""
    told: list[str] = []
    with (
        migration_lock(migrated_postgres, told.append),
        pytest.raises(CommandError),
        migration_lock(migrated_postgres, told.append, wait=0.3),
    ):
        pytest.fail("two processes migrate at once")
    with migration_lock(migrated_postgres, told.append, wait=0):
        assert len(told) == 1
