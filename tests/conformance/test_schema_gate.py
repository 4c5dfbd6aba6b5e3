"""The gate finds what a history does otherwise than the records say, and passes ours. It knows ways to drift; how tables are told is the backends'."""

import re
from pathlib import Path

import pytest

from kingpost.adapters.sql.backend import PostgresqlBackend, SqliteBackend, by_alembic
from kingpost.adapters.sql.engine import transaction
from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.conformance.schema import Described, History, checks, judge
from kingpost.conformance.target import Unreachable
from kingpost.kernel.component import Component
from tests.conformance.targets import COMPONENTS, MemoryTarget

KIT = Kit(components=COMPONENTS)
TABLE = "kingpost_specimen_specimen"
SQLITE = SqliteBackend()


def drifted(*statements: str) -> History:
    """Alembic's history, after which somebody has changed the tables by hand."""

    def migrate(url: str, components: tuple[Component, ...]) -> None:
        by_alembic(url, components)
        with transaction(url, wait=5.0, lock=False) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    return migrate


def told(backend: Described, *statements: str) -> str:
    """What the gate says of a database that has drifted so."""
    with pytest.raises(AssertionError) as caught:
        judge(backend, {"drifted": drifted(*statements)}, KIT)
    return str(caught.value)


def rebuilt(pattern: str, other: str) -> tuple[str, ...]:
    """SQLite changes no column in place: its schema is written over."""
    return (
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = replace(sql, '{pattern}', '{other}') WHERE name = '{TABLE}'",  # noqa: S608  (constants)
        "PRAGMA writable_schema = RESET",
    )


@pytest.fixture(params=[check.id for check in checks(KIT)])
def gate(request: pytest.FixtureRequest) -> Check:
    """Each check of the gate."""
    if request.param.endswith("postgresql"):
        request.getfixturevalue("postgres_server_url")
    return next(check for check in checks(KIT) if check.id == request.param)


def test_both_histories_make_what_the_records_say(gate: Check) -> None:
    """The tables of tenancy, of the kit's own component and the ledger, on SQLite and PostgreSQL."""
    assert gate.once
    note = gate.run(Arena(KIT, MemoryTarget()))
    assert re.fullmatch(r"5 tables, the same from the records and by alembic and django", note)


def test_the_gate_stands_on_both_databases() -> None:
    """A check for each; none where nothing is persisted."""
    assert [check.id for check in checks(KIT)] == ["schema.postgresql", "schema.sqlite"]
    assert checks(Kit(components=())) == ()


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((f"ALTER TABLE {TABLE} ADD COLUMN extra text",), rf"{TABLE}\.columns\.extra is \('text', .*; the records say not there"),
        ((f"ALTER TABLE {TABLE} DROP COLUMN due",), rf"{TABLE}\.columns\.due is not there; the records say \('datetime'"),
        ((f"ALTER TABLE {TABLE} RENAME COLUMN due TO payable",), rf"{TABLE}\.columns\.payable is"),
        (("DROP INDEX {index}",), rf"{TABLE}\.indexes lacks \('kp_"),
        ((f"CREATE INDEX kingpost_more ON {TABLE} (title)",), rf"{TABLE}\.indexes has \('kingpost_more', \('title',\), False\) besides"),
        (
            (f"CREATE UNIQUE INDEX kingpost_more ON {TABLE} (title)",),
            rf"{TABLE}\.indexes has \('kingpost_more', \('title',\), True\) besides",
        ),
        (("CREATE TABLE kingpost_more (id integer)",), r"kingpost_more is .*; the records say not there"),
        (("DROP TABLE kingpost_tenancy_hostname",), r"kingpost_tenancy_hostname is not there"),
        (rebuilt("title VARCHAR(200)", "title VARCHAR(201)"), rf"{TABLE}\.columns\.title is \('varchar\(201\)'"),
        (rebuilt("count BIGINT NOT NULL", "count BIGINT"), rf"{TABLE}\.columns\.count is \('bigint', '', True"),
        (rebuilt("count BIGINT NOT NULL", "count BIGINT DEFAULT 0 NOT NULL"), rf"{TABLE}\.columns\.count is \('bigint', '', False, '0'\)"),
        (rebuilt("count BIGINT", "count INTEGER"), rf"{TABLE}\.columns\.count is \('integer'"),
        (rebuilt("UNIQUE (tenant_id, label)", "UNIQUE (label, tenant_id)"), rf"{TABLE}\.uniques lacks"),
        (rebuilt("FOREIGN KEY(tenant_id)", "FOREIGN KEY(id)"), rf"{TABLE}\.references lacks"),
        (rebuilt("tenant (id)", "tenant (id) ON DELETE CASCADE"), rf"{TABLE}\.references has .*CASCADE.* besides"),
        (rebuilt("tenant (id)", "tenant (id) DEFERRABLE INITIALLY DEFERRED"), rf"{TABLE}\.references has .*DEFERRED.* besides"),
        (rebuilt('JSON_VALID("attributes")', "TRUE"), rf"{TABLE}\.checks lacks"),
    ],
)
def test_each_way_to_drift_is_found_on_sqlite(statements: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """A column, type, length, null, default, key, index, reference or table that is not as the records say is named with its place."""
    index = next(str(name) for name, _, _ in indexes(tmp_path))
    assert re.search(expected, told(SQLITE, *(statement.format(index=index) for statement in statements)))


def indexes(folder: Path) -> list[tuple[object, ...]]:
    """Those of the specimens, as the backend tells them."""
    with SQLITE.scratch(folder) as url:
        by_alembic(url, COMPONENTS)
        table = SQLITE.describe(url)[TABLE]
    assert isinstance(table, dict)
    found: list[tuple[object, ...]] = table["indexes"]
    return found


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"ALTER TABLE {TABLE} ALTER COLUMN title TYPE varchar(201)", rf"{TABLE}\.columns\.title is \('varchar\(201\)'"),
        (
            f'ALTER TABLE {TABLE} ALTER COLUMN title TYPE varchar(200) COLLATE "default"',
            rf"{TABLE}\.columns\.title is \('varchar\(200\)', ''",
        ),
        (f"ALTER TABLE {TABLE} ALTER COLUMN due TYPE timestamp", rf"{TABLE}\.columns\.due is \('timestamp without time zone'"),
        (f"ALTER TABLE {TABLE} ALTER COLUMN note DROP NOT NULL", rf"{TABLE}\.columns\.note is \('.*True, ''\)"),
        (f"ALTER TABLE {TABLE} ALTER COLUMN ready SET DEFAULT false", rf"{TABLE}\.columns\.ready is \('boolean', '', False, 'false'\)"),
    ],
)
def test_each_way_to_drift_is_found_on_postgresql(statement: str, expected: str, postgres_server_url: str) -> None:
    """What only PostgreSQL can change: lengths, collations, zones, nulls, defaults, in place."""
    assert re.search(expected, told(PostgresqlBackend(), statement))


def test_a_history_that_does_nothing_is_found() -> None:
    """Every table is missing, and every history is named."""
    with pytest.raises(AssertionError, match=rf"(?s)idle: {TABLE} is not there.*lazy: kingpost_schema is not there"):
        judge(SQLITE, {"idle": lambda *_: None, "lazy": lambda *_: None}, KIT)


def test_no_server_is_a_reason_and_not_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no PostgreSQL the check is skipped with the reason, unless one was promised; a history that fails is never skipped."""
    monkeypatch.setenv("KINGPOST_TEST_POSTGRES_URL", "postgresql://nobody@127.0.0.1:1/postgres")
    monkeypatch.setenv("KINGPOST_REQUIRE_SERVICES", "1")
    with pytest.raises(AssertionError, match="no PostgreSQL"):
        checks(KIT)[0].run(Arena(KIT, MemoryTarget()))
    monkeypatch.delenv("KINGPOST_REQUIRE_SERVICES")
    with pytest.raises(Skipped, match="no PostgreSQL"):
        checks(KIT)[0].run(Arena(KIT, MemoryTarget()))

    def failing(_: str, __: tuple[Component, ...]) -> None:
        raise Unreachable("its process has ended")

    with pytest.raises(Unreachable, match="its process has ended"):
        judge(SQLITE, {"failing": failing}, KIT)
