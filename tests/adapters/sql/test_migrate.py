"""The Alembic histories: up, down and up again, several replicas at once, the ledger. It knows what a database must look like afterwards."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from examples.storefront.records import Product
from kingpost.adapters.runtime import discovery
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import drafting, migrate, sql_storage
from kingpost.adapters.sql.history import MIGRATIONS, heads, histories, revisions
from kingpost.adapters.sql.reflection import describe
from kingpost.adapters.sql.tables import create_statements, metadata
from kingpost.adapters.sql.urls import parse
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.tenancy import AccessKey, HostName, Tenant

TENANCY = Component(name="tenancy", package="kingpost.kernel.tenancy", records=(Tenant, HostName, AccessKey))
STOREFRONT = Component(name="storefront", package="examples.storefront", records=(Product,), requires=("tenancy",))
BOTH = (STOREFRONT, TENANCY)
HEADS = {"schema": "schema_0001", "tenancy": "tenancy_0001", "storefront": "storefront_0001"}
PRINT, OTHER_PRINT = b"p" * 16, b"q" * 16


def described(url: str) -> dict[str, object]:
    """The tables of the database, in canonical form."""
    engine = create_engine(parse(url).for_sqlalchemy)
    with engine.connect() as connection:
        made = describe(connection)
    engine.dispose()
    return made


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements as somebody else would; the rows of the last one."""
    engine = create_engine(parse(url).for_sqlalchemy)
    rows: list[tuple[object, ...]] = []
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def check(
    url: str, *, fingerprint: bytes | None = None, components: tuple[Component, ...] = BOTH, newer: dict[str, tuple[str, ...]] | None = None
) -> None:
    """The storage's own check, as a process that starts would make it; ``newer`` is what a later version knows besides."""

    async def whole() -> None:
        records = tuple(record for each in components for record in each.records)
        known = {name: (*found, *(newer or {}).get(name, ())) for name, found in revisions(components).items()}
        storage = await sql_storage(url, records=records, clock=SystemClock(), secret_fingerprint=fingerprint, known=known)
        try:
            await storage.check()
        finally:
            await storage.close()

    asyncio.run(whole())


class TestUpAndDown:
    """One process."""

    def test_upgrade_brings_every_component_to_its_head(self, any_url: str) -> None:
        """The answer, the ledger and ``current`` agree, each step is told, and a second run does nothing."""
        told: list[str] = []
        assert migrate.upgrade(any_url, BOTH, progress=told.append) == HEADS
        assert [line.split(":")[0] for line in told] == ["schema", "tenancy", "storefront"]
        assert migrate.current(any_url, BOTH) == HEADS
        assert migrate.owners(any_url) == dict.fromkeys(HEADS, "alembic")
        again: list[str] = []
        assert migrate.upgrade(any_url, BOTH, progress=again.append) == HEADS
        assert again == []

    def test_the_history_makes_what_the_records_say(self, any_url: str) -> None:
        """Autogenerate finds nothing to change, and reflection shows the tables that create_all makes."""
        migrate.upgrade(any_url, BOTH)
        assert migrate.compare(any_url, BOTH) == ()
        migrated = described(any_url)
        for each in reversed(("schema", "tenancy", "storefront")):
            migrate.downgrade(any_url, BOTH, component=each)
        records = tuple(record for each in BOTH for record in each.records)
        execute(any_url, *create_statements(metadata(records), parse(any_url).dialect))
        assert described(any_url) == migrated

    def test_up_down_up_is_up(self, any_url: str) -> None:
        """Down leaves no table of ours, and up again gives the same schema."""
        migrate.upgrade(any_url, BOTH)
        first = described(any_url)
        for each in ("storefront", "tenancy", "schema"):
            migrate.downgrade(any_url, BOTH, component=each)
        assert described(any_url) == {}
        migrate.upgrade(any_url, BOTH)
        assert described(any_url) == first

    def test_a_component_that_is_switched_off_is_left_alone(self, any_url: str) -> None:
        """Its tables and its place in the history stay, and the others go on."""
        migrate.upgrade(any_url, BOTH)
        assert migrate.upgrade(any_url, (TENANCY,)) == {"schema": "schema_0001", "tenancy": "tenancy_0001"}
        assert "kingpost_storefront_product" in described(any_url)
        assert migrate.current(any_url, BOTH) == HEADS

    def test_a_component_that_is_switched_on_later_is_added(self, any_url: str) -> None:
        """Its history starts when it is there."""
        migrate.upgrade(any_url, (TENANCY,))
        assert "kingpost_storefront_product" not in described(any_url)
        assert migrate.upgrade(any_url, BOTH) == HEADS

    def test_the_ledger_goes_last(self, any_url: str) -> None:
        """It cannot be taken down while components are there."""
        migrate.upgrade(any_url, BOTH)
        with pytest.raises(ConfigurationError, match="storefront, tenancy"):
            migrate.downgrade(any_url, BOTH, component="schema")

    def test_an_unknown_component_is_named(self, any_url: str) -> None:
        """The message lists those that there are."""
        with pytest.raises(ConfigurationError, match=r"no component 'nothing'.*storefront"):
            migrate.downgrade(any_url, BOTH, component="nothing")

    def test_components_come_after_those_they_refer_to(self) -> None:
        """Whatever the order in which they are named."""
        assert [each.component for each in histories(BOTH)] == ["schema", "tenancy", "storefront"]

    def test_a_database_in_memory_has_no_history(self) -> None:
        """The message says what to call instead."""
        with pytest.raises(ConfigurationError, match="create_all"):
            migrate.upgrade("sqlite://", BOTH)

    def test_a_server_that_cannot_be_reached_is_unavailable(self) -> None:
        """As everywhere."""
        pytest.importorskip("psycopg", reason="needs psycopg")
        with pytest.raises(Unavailable, match="cannot be reached"):
            migrate.upgrade("postgresql://nobody@127.0.0.1:1/none", BOTH)


class TestReplicas:
    """Several processes that start together."""

    def test_three_replicas_upgrade_at_once(self, any_url: str) -> None:
        """Each reports the heads, exactly one of them does the work, and the schema is whole."""
        told: list[str] = []
        with ThreadPoolExecutor(3) as replicas:
            results = list(replicas.map(lambda _: migrate.upgrade(any_url, BOTH, progress=told.append), range(3)))
        assert results == [HEADS] * 3
        assert [line.split(":")[0] for line in told if "upgrade" in line] == ["schema", "tenancy", "storefront"]
        assert migrate.compare(any_url, BOTH) == ()

    def test_who_waits_for_too_long_is_told(self, any_url: str) -> None:
        """Another process holds the lock for longer than one wants to wait: Unavailable, and nothing was changed."""
        with migrate.transaction(any_url, wait=1.0), pytest.raises(Unavailable):
            migrate.upgrade(any_url, BOTH, wait=0.1)
        assert described(any_url) == {}


class TestFailures:
    """A step that fails."""

    def test_a_failed_step_leaves_the_database_as_it_was(self, any_url: str) -> None:
        """A table of the same name stands in the way of the last component: the first ones are rolled back too."""
        execute(any_url, "CREATE TABLE kingpost_storefront_product (other INTEGER)")
        before = described(any_url)
        with pytest.raises(Exception, match="already exists"):
            migrate.upgrade(any_url, BOTH)
        assert described(any_url) == before


class TestOwnership:
    """Two histories, one database."""

    def test_what_django_owns_is_refused(self, any_url: str) -> None:
        """The message says both ways out, and nothing is changed."""
        migrate.upgrade(any_url, BOTH)
        execute(any_url, "UPDATE kingpost_schema SET owner = 'django' WHERE component = 'tenancy'")
        for attempt in (lambda: migrate.upgrade(any_url, BOTH), lambda: migrate.downgrade(any_url, BOTH, component="tenancy")):
            with pytest.raises(ConfigurationError, match=r"tenancy belong to Django.*manage.py migrate.*--adopt"):
                attempt()

    def test_equal_tables_are_adopted(self, any_url: str) -> None:
        """Tables that Django's history made become ours without a change, and the history goes on from its heads."""
        migrate.upgrade(any_url, BOTH, secret_fingerprint=PRINT)
        execute(any_url, "UPDATE kingpost_schema SET owner = 'django', revision = '0001_initial'", "DROP TABLE kingpost_alembic")
        before = described(any_url)
        assert migrate.adopt(any_url, BOTH) == HEADS
        assert migrate.owners(any_url) == dict.fromkeys(HEADS, "alembic")
        assert described(any_url) == before
        assert migrate.upgrade(any_url, BOTH, secret_fingerprint=PRINT) == HEADS

    def test_other_tables_are_not_adopted(self, any_url: str) -> None:
        """The message lists what differs."""
        migrate.upgrade(any_url, BOTH)
        execute(any_url, "UPDATE kingpost_schema SET owner = 'django'", "ALTER TABLE kingpost_tenancy_tenant ADD COLUMN extra INTEGER")
        with pytest.raises(ConfigurationError, match="extra"):
            migrate.adopt(any_url, BOTH)


class TestReadiness:
    """``Storage.check`` of a process that starts."""

    def test_a_migrated_database_is_ready(self, any_url: str) -> None:
        """With the fingerprint that migrated it, with one of several, or with none."""
        migrate.upgrade(any_url, BOTH, secret_fingerprint=PRINT)
        check(any_url, fingerprint=PRINT)
        check(any_url)

    def test_an_empty_database_is_not(self, any_url: str) -> None:
        """The detail says what to run."""
        with pytest.raises(Unavailable, match="kingpost migrate"):
            check(any_url)

    def test_a_component_behind_its_head_is_not(self, any_url: str) -> None:
        """Neither one that lacks its tables, nor one whose revision has a successor here."""
        migrate.upgrade(any_url, (TENANCY,))
        check(any_url, components=(TENANCY,))
        with pytest.raises(Unavailable, match="kingpost migrate"):
            check(any_url)
        with pytest.raises(Unavailable, match="kingpost migrate"):
            check(any_url, components=(TENANCY,), newer={"tenancy": ("tenancy_0002",)})

    def test_a_newer_schema_serves_the_version_before_it(self, any_url: str) -> None:
        """What a newer version has added does not keep this one from being ready; what it took away does."""
        migrate.upgrade(any_url, BOTH)
        execute(any_url, "UPDATE kingpost_schema SET revision = 'tenancy_0002' WHERE component = 'tenancy'")
        execute(any_url, "ALTER TABLE kingpost_tenancy_tenant ADD COLUMN extra text")
        check(any_url)
        execute(any_url, "ALTER TABLE kingpost_tenancy_tenant DROP COLUMN plan")
        with pytest.raises(Unavailable, match="kingpost migrate"):
            check(any_url)

    def test_what_django_migrated_is_ready_by_its_tables(self, any_url: str) -> None:
        """Django's revisions have names of their own; the tables and columns are what counts."""
        migrate.upgrade(any_url, BOTH)
        execute(any_url, "UPDATE kingpost_schema SET owner = 'django', revision = '0001_initial'")
        check(any_url)

    def test_another_secret_is_refused(self, any_url: str) -> None:
        """By the process that starts and by the one that migrates; the first fingerprint stays."""
        migrate.upgrade(any_url, BOTH, secret_fingerprint=PRINT)
        for attempt in (
            lambda: check(any_url, fingerprint=OTHER_PRINT),
            lambda: migrate.upgrade(any_url, BOTH, secret_fingerprint=OTHER_PRINT),
        ):
            with pytest.raises(Unavailable, match="KINGPOST_SECRET"):
                attempt()
        migrate.upgrade(any_url, BOTH, secret_fingerprint=(OTHER_PRINT, PRINT))
        check(any_url, fingerprint=PRINT)


class TestDrafting:
    """Revisions for a developer to read."""

    def test_the_first_revision_of_a_component_makes_its_tables(
        self, any_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is drafted can be run, and then nothing differs; a second draft has nothing to say."""
        package = tmp_path / "shop"
        (package / "alembic").mkdir(parents=True)
        (package / "__init__.py").write_text('"""A component of a test."""\n')
        monkeypatch.syspath_prepend(tmp_path)
        shop = Component(name="storefront", package="shop", records=(Product,), requires=("tenancy",))
        with pytest.raises(ConfigurationError, match="migrate --draft storefront"):
            migrate.upgrade(any_url, (TENANCY, shop))
        path = drafting.draft((TENANCY, shop), component="storefront", message="Products!")
        assert path.name == "storefront_0001_products.py"
        assert migrate.upgrade(any_url, (TENANCY, shop)) == HEADS
        assert migrate.compare(any_url, (TENANCY, shop)) == ()
        with pytest.raises(ConfigurationError, match="no revision is needed"):
            drafting.draft((TENANCY, shop), component="storefront", message="nothing")
        assert [each.name for each in sorted((package / "alembic").glob("*.py"))] == [path.name]

    def test_every_folder_of_ours_has_a_linear_history(self) -> None:
        """One head each, whose id begins with the component."""
        folders = {folder.name for folder in MIGRATIONS.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
        found = histories(discovery.components(tuple(sorted(folders - {"schema"}))))
        for each in found:
            head = each.head()
            assert head is not None
            assert head.startswith(f"{each.component}_")
        assert {each.component for each in found} == folders

    def test_a_component_without_a_folder_is_told_what_to_make(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its records would have no tables."""
        (tmp_path / "bare").mkdir()
        (tmp_path / "bare" / "__init__.py").write_text('"""A component of a test."""\n')
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(ConfigurationError, match="bare/alembic"):
            heads((Component(name="storefront", package="bare", records=(Product,)),))
        with pytest.raises(ConfigurationError, match="cannot be found"):
            heads((Component(name="storefront", package="no_such_package", records=(Product,)),))
