"""The gate: both migration histories make one schema. It knows how each is run and what reflection tells; it knows no record."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RemoveConstraint
from sqlalchemy import MetaData, Table, create_engine

from examples import storefront
from kingpost.adapters.django_app import history
from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.django_app.history import DjangoStorage
from kingpost.adapters.sql import migrate
from kingpost.kernel import identity, tenancy
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Unavailable
from tests.adapters.django import project

COMPONENTS = (tenancy.COMPONENT, identity.COMPONENT, storefront.COMPONENT)
RECORDS = tuple(record for component in COMPONENTS for record in component.records)
LABELS = ("kingpost", "kingpost_tenancy", "kingpost_identity", "kingpost_storefront")
TABLES = ("kingpost_schema", *(record.facts.table for record in RECORDS))


class Scratch:
    """An empty database, as an alias of Django and as a URL."""

    def __init__(self, url: str, facts: dict[str, Any]) -> None:
        self.url = url
        self.alias = "scratch"
        project.add_alias(self.alias, facts)

    def migrate(self, *arguments: str) -> None:
        """Run Django's history of our apps, or as the arguments say."""
        for labels in [arguments] if arguments else [("kingpost",), ("kingpost_identity",), ("kingpost_storefront",)]:
            call_command("migrate", *labels, database=self.alias, verbosity=0)

    def storage(self) -> DjangoStorage:
        """The kernel's store over the alias."""
        return DjangoStorage(DjangoExecutors(self.alias), records=RECORDS)


@pytest.fixture(params=["sqlite", "postgres"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scratch]:
    """Each database in turn, empty."""
    if request.param == "sqlite":
        path = tmp_path / "scratch.sqlite3"
        made = Scratch(f"sqlite:///{path}", {"ENGINE": "django.db.backends.sqlite3", "NAME": path})
    else:
        url = request.getfixturevalue("fresh_postgres_url")
        made = Scratch(url, project.entry(url))
    yield made
    project.remove_alias(made.alias)


def reflected(url: str) -> dict[str, Any]:
    """What is there of ours, without the order of columns and the names of primary keys."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    everything = MetaData()
    with engine.connect() as connection:
        everything.reflect(connection, only=lambda name, _: name in TABLES)
    engine.dispose()
    return {name: _facts(table) for name, table in sorted(everything.tables.items())}


def _facts(table: Table) -> dict[str, Any]:
    columns = {
        column.name: (str(column.type), getattr(column.type, "collation", None), bool(column.nullable), str(column.server_default))
        for column in table.columns
    }
    constraints = {
        (type(each).__name__, str(each.name), tuple(column.name for column in each.columns), _target(each))
        for each in table.constraints
        if type(each).__name__ in ("UniqueConstraint", "ForeignKeyConstraint")
    }
    indexes = {(index.name, tuple(column.name for column in index.columns), bool(index.unique)) for index in table.indexes}
    key = tuple(column.name for column in table.primary_key.columns)
    return {"columns": columns, "constraints": constraints, "indexes": indexes, "key": key}


def _target(constraint: Any) -> tuple[Any, ...]:
    if type(constraint).__name__ != "ForeignKeyConstraint":
        return ()
    targets = tuple(element.target_fullname for element in constraint.elements)
    return (*targets, constraint.ondelete, constraint.onupdate, constraint.deferrable, constraint.initially)


def checks(url: str) -> list[str]:
    """The CHECK clauses of ours as the database has them; only SQLite has some."""
    if not url.startswith("sqlite"):
        return []
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        texts = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'kingpost_%'").fetchall()
    connection.close()
    found = [clause for (text,) in texts for clause in text.split("CHECK")[1:]]
    return sorted(clause[clause.index("JSON_VALID") : clause.index("NULL")] for clause in found)


@pytest.fixture
def by_alembic(scratch: Scratch, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """URL of another database of the same kind, migrated by Alembic."""
    sqlite = scratch.url.startswith("sqlite")
    url = f"sqlite:///{tmp_path / 'alembic.sqlite3'}" if sqlite else str(request.getfixturevalue("empty_postgres_url"))
    migrate.upgrade(url, COMPONENTS)
    return url


def test_both_histories_make_one_schema(scratch: Scratch, by_alembic: str) -> None:
    """Tables, columns, types, lengths, collations, nullability, defaults, keys, uniques, indexes, references and checks are equal."""
    scratch.migrate()
    ours, theirs = reflected(scratch.url), reflected(by_alembic)
    assert set(ours) == set(TABLES)
    assert ours == theirs
    assert checks(scratch.url) == checks(by_alembic)


def test_the_models_have_no_changes_that_no_migration_holds() -> None:
    """``makemigrations --check`` is clean."""
    call_command("makemigrations", *LABELS, check=True, dry_run=True, verbosity=0)


def test_migrations_go_back_and_come_again(scratch: Scratch) -> None:
    """Down to nothing and up again gives the same schema, and the ledger follows."""
    scratch.migrate()
    before = reflected(scratch.url)
    scratch.migrate("kingpost_storefront", "zero")
    assert set(history.owners(scratch.alias)) == {"schema", "identity", "tenancy"}
    scratch.migrate("kingpost_tenancy", "zero")
    scratch.migrate("kingpost", "zero")
    assert reflected(scratch.url) == {}
    scratch.migrate()
    assert reflected(scratch.url) == before


def test_the_ledger_names_the_owner_the_heads_and_the_secret(scratch: Scratch) -> None:
    """After ``migrate`` every component stands at its head, owned by Django, and the ledger's own row carries the fingerprint."""
    scratch.migrate()
    assert history.owners(scratch.alias) == {"schema": "django", "tenancy": "django", "identity": "django", "storefront": "django"}
    assert history.applied(scratch.alias) == {component: known[-1] for component, known in history.revisions().items()}
    with connections[scratch.alias].cursor() as cursor:
        cursor.execute("SELECT component FROM kingpost_schema WHERE secret_fingerprint IS NOT NULL")
        assert cursor.fetchall() == [("schema",)]


def test_a_database_of_alembic_is_refused_and_nothing_changes(scratch: Scratch) -> None:
    """``migrate`` says whose the tables are and what to run; the host's own apps can still be migrated."""
    migrate.upgrade(scratch.url, COMPONENTS)
    before = reflected(scratch.url)
    with pytest.raises(CommandError, match="kingpost_adopt"):
        call_command("migrate", database=scratch.alias, verbosity=0)
    with pytest.raises(CommandError, match="kingpost migrate"):
        scratch.migrate("kingpost_tenancy")
    assert reflected(scratch.url) == before
    scratch.migrate("auth")


def test_tables_change_hands_and_back(scratch: Scratch, settings: Any) -> None:
    """Adopted from Alembic, ``migrate`` goes on; adopted back, it is refused again; the schema never changes."""
    settings.KINGPOST = {**settings.KINGPOST, "DATABASE": scratch.alias}
    migrate.upgrade(scratch.url, COMPONENTS)
    before = reflected(scratch.url)
    call_command("kingpost_adopt", stdout=StringIO())
    scratch.migrate()
    assert set(migrate.owners(scratch.url).values()) == {"django"}
    with pytest.raises(ConfigurationError, match="Django"):
        migrate.upgrade(scratch.url, COMPONENTS)
    migrate.adopt(scratch.url, COMPONENTS)
    assert set(history.owners(scratch.alias).values()) == {"alembic"}
    assert reflected(scratch.url) == before


def test_tables_that_are_not_those_of_this_version_are_not_adopted(scratch: Scratch, settings: Any) -> None:
    """What differs is listed, and nothing is written."""
    settings.KINGPOST = {**settings.KINGPOST, "DATABASE": scratch.alias}
    with pytest.raises(CommandError, match="no table kingpost_schema"):
        call_command("kingpost_adopt")
    migrate.upgrade(scratch.url, COMPONENTS)
    with connections[scratch.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE kingpost_tenancy_tenant ADD COLUMN extra text")
        cursor.execute("DROP INDEX kp_product_8dbd2ff5_ix")
    with pytest.raises(CommandError, match=r"unknown column kingpost_tenancy_tenant.extra; .*kp_product_8dbd2ff5_ix"):
        call_command("kingpost_adopt")
    assert set(history.owners(scratch.alias).values()) == {"alembic"}


def test_readiness_follows_the_schema(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not ready before ``migrate`` and behind its own head, ready after; ready too where Alembic owns the tables."""
    with pytest.raises(Unavailable, match="migrate"):
        drive(scratch.storage().check())
    scratch.migrate()
    drive(scratch.storage().check())
    known = history.revisions()
    monkeypatch.setattr(history, "revisions", lambda: {**known, "tenancy": (*known["tenancy"], "0002_more")})
    with pytest.raises(Unavailable, match=r"manage.py migrate"):
        drive(scratch.storage().check())
    with connections[scratch.alias].cursor() as cursor:
        cursor.execute("UPDATE kingpost_schema SET owner = 'alembic'")
    drive(scratch.storage().check())


def test_a_newer_schema_serves_the_version_before_it(scratch: Scratch) -> None:
    """What a newer version has added does not keep this one from being ready; what it took away does. Its ``migrate`` leaves the ledger alone."""
    scratch.migrate()
    with connections[scratch.alias].cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('kingpost_tenancy', '0002_more', CURRENT_TIMESTAMP)")
        cursor.execute("UPDATE kingpost_schema SET revision = '0002_more' WHERE component = 'tenancy'")
        cursor.execute("ALTER TABLE kingpost_tenancy_tenant ADD COLUMN extra text")
    drive(scratch.storage().check())
    scratch.migrate()
    assert history.applied(scratch.alias)["tenancy"] == "0002_more"
    drive(scratch.storage().check())
    with connections[scratch.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE kingpost_tenancy_tenant DROP COLUMN plan")
    with pytest.raises(Unavailable, match="migrate"):
        drive(scratch.storage().check())


def test_another_secret_is_not_ready(scratch: Scratch) -> None:
    """The fingerprint of the database must be among those of the process."""
    scratch.migrate()
    stranger = DjangoStorage(DjangoExecutors(scratch.alias), records=RECORDS, secret_fingerprint=(b"another",))
    with pytest.raises(Unavailable, match="SECRET"):
        drive(stranger.check())


def test_references_are_there_and_immediate(scratch: Scratch) -> None:
    """The database refuses a row without its tenant, at once and by the name of the constraint where it tells one."""
    scratch.migrate()
    model = apps.get_model("kingpost_storefront", "Product")
    names = {constraint.name for constraint in model._meta.constraints if hasattr(constraint, "target_columns")}
    assert names == {"kp_product_4dff35cb_fk"}
    with connections[scratch.alias].cursor() as cursor, pytest.raises(Exception, match=r"(?i)foreign key"):
        cursor.execute("INSERT INTO kingpost_tenancy_hostname (host, tenant_id) VALUES ('a.example', '01900000000070008000000000000001')")


def test_a_reference_can_be_taken_from_a_table_that_is_there_and_added_again(scratch: Scratch) -> None:
    """RemoveConstraint and AddConstraint work as for Django's own constraints, forwards and backwards."""
    scratch.migrate()
    before = reflected(scratch.url)["kingpost_tenancy_hostname"]
    with_it = MigrationLoader(connections[scratch.alias]).project_state(("kingpost_tenancy", "0001_initial"))
    step = RemoveConstraint("hostname", "kp_hostname_02ed2fe5_fk")
    without = with_it.clone()
    step.state_forwards("kingpost_tenancy", without)
    with connections[scratch.alias].schema_editor() as editor:
        step.database_forwards("kingpost_tenancy", editor, with_it, without)
    assert reflected(scratch.url)["kingpost_tenancy_hostname"] == {**before, "constraints": set()}
    with connections[scratch.alias].schema_editor() as editor:
        step.database_backwards("kingpost_tenancy", editor, without, with_it)
    assert reflected(scratch.url)["kingpost_tenancy_hostname"] == before


STARTER = """
from tests.adapters.django import project
import sys
project.configure()
from django.core.management import call_command
if sys.argv[1] == "sqlite":
    project.add_alias("scratch", {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]})
else:
    project.add_alias("scratch", project.entry(sys.argv[2]))
call_command("migrate", database="scratch", verbosity=0)
"""


def test_three_replicas_may_migrate_at_once(scratch: Scratch) -> None:
    """One migrates, the others wait and find nothing left to do."""
    kind = connections[scratch.alias].vendor
    place = scratch.url.removeprefix("sqlite:///") if kind == "sqlite" else scratch.url
    root = str(Path(__file__).resolve().parents[3])
    processes = [subprocess.Popen([sys.executable, "-c", STARTER, kind, place], cwd=root, stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=120)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    drive(scratch.storage().check())
