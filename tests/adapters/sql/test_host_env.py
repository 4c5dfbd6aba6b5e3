"""A host that runs Alembic itself beside Kingpost's history. It knows a real autogenerate and what it must not propose."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, create_engine, text

from kingpost.adapters.sql import host_env, migrate
from kingpost.adapters.sql.column_types import identifier
from kingpost.kernel.component import Component
from kingpost.kernel.tenancy import AccessKey, HostName, Tenant

TENANCY = Component(name="tenancy", package="kingpost.kernel.tenancy", records=(Tenant, HostName, AccessKey))


def host_tables() -> MetaData:
    """A host's metadata: one table that refers to our tenants, which it mentions so that the foreign key resolves."""
    made = MetaData()
    Table("kingpost_tenancy_tenant", made, Column("id", identifier(), primary_key=True))
    Table(
        "invoice",
        made,
        Column("id", Integer, primary_key=True),
        Column("tenant_id", identifier(), ForeignKey("kingpost_tenancy_tenant.id")),
        Column("number", String(20)),
        Index("invoice_number", "number"),
    )
    return made


def proposed(url: str, **options: Any) -> list[str]:
    """What the host's autogenerate would do."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        steps = compare_metadata(context, host_tables())
    engine.dispose()
    steps = [each for step in steps for each in (step if isinstance(step, list) else [step])]
    return sorted(f"{step[0]} {getattr(step[1], 'name', step[1])}" for step in steps)


class TestHostEnv:
    """Autogenerate on a database that holds both."""

    def test_autogenerate_leaves_our_tables_alone(self, any_url: str) -> None:
        """Only the host's own table is proposed, and ours, their indexes and our version table are not dropped."""
        migrate.upgrade(any_url, (TENANCY,))
        assert proposed(any_url, include_name=host_env.include_name, include_object=host_env.include_object) == [
            "add_index invoice_number",
            "add_table invoice",
        ]

    def test_without_it_our_tables_would_be_dropped(self, any_url: str) -> None:
        """The danger is real: the same comparison without the helper drops them."""
        migrate.upgrade(any_url, (TENANCY,))
        assert {"remove_table kingpost_schema", "remove_table kingpost_alembic", "remove_table kingpost_tenancy_accesskey"} <= set(
            proposed(any_url)
        )

    def test_changes_of_the_hosts_own_tables_are_still_seen(self, any_url: str) -> None:
        """A column that the host's table lacks is proposed."""
        migrate.upgrade(any_url, (TENANCY,))
        engine = create_engine(any_url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            kind = "char(32)" if any_url.startswith("sqlite") else "uuid"
            connection.execute(
                text(f"CREATE TABLE invoice (id INTEGER NOT NULL PRIMARY KEY, tenant_id {kind} REFERENCES kingpost_tenancy_tenant (id))")
            )
        engine.dispose()
        steps = proposed(any_url, include_name=host_env.include_name, include_object=host_env.include_object)
        assert [step.split()[0] for step in steps] == ["add_column", "add_index"]

    def test_a_hosts_own_rule_is_asked_about_the_rest(self) -> None:
        """``also`` joins the host's include_object with ours."""
        asked: list[str | None] = []

        def own(item: Any, name: str | None, kind: Any, reflected: bool, compared: Any) -> bool:
            asked.append(name)
            return name != "scratch"

        both = host_env.also(own)
        answers = [both(None, name, "table", True, None) for name in ("invoice", "scratch", "kingpost_schema")]
        assert (answers, asked) == ([True, False, False], ["invoice", "scratch"])

    def test_our_own_history_leaves_the_hosts_tables_alone(self, tmp_path: Path) -> None:
        """The other way round: tables of the host are no difference to us."""
        url = f"sqlite:///{tmp_path / 'both.db'}"
        migrate.upgrade(url, (TENANCY,))
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE invoice (id INTEGER PRIMARY KEY)"))
        engine.dispose()
        assert migrate.compare(url, (TENANCY,)) == ()
