"""The SQL text of every statement shape, on each kind of executor. It knows the golden file beside it, and what no statement may say.

With ``KINGPOST_WRITE_GOLDEN=1`` in the environment the file is written anew: read the difference before you commit it.
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from kingpost.adapters.sql.executor import Dialect, Paramstyle
from kingpost.adapters.sql.plans import Plan, Plans
from kingpost.adapters.sql.statements import IS_NULL, Find, Statement
from kingpost.adapters.sql.tables import create_statements, metadata
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Guest, House, Mark, Rate, Stay

GOLDEN = Path(__file__).parent / "statements.golden.sql"
EXECUTORS: tuple[tuple[Dialect, Paramstyle], ...] = (
    ("sqlite", "qmark"),
    ("sqlite", "format"),
    ("postgresql", "format"),
    ("postgresql", "numeric_dollar"),
)

FINDS: dict[str, tuple[type, Find]] = {
    "first page by key": (Guest, Find(scoped=True, conditions=(), order=("id",), descending=False, after=None)),
    "next page by key": (Guest, Find(scoped=True, conditions=(), order=("id",), descending=False, after=(True,))),
    "equality, range, next page, descending": (
        Guest,
        Find(
            scoped=True,
            conditions=(("floor", "eq"), ("name", "ge"), ("name", "lt")),
            order=("name", "id"),
            descending=True,
            after=(True, True),
        ),
    ),
    "is null": (Guest, Find(scoped=True, conditions=(("badge", IS_NULL),), order=("floor", "id"), descending=False, after=None)),
    "nullable order, behind a value": (
        Mark,
        Find(
            scoped=True,
            conditions=(("choice", "eq"),),
            order=("number_or_none", "text", "id"),
            descending=False,
            after=(True, True, True),
        ),
    ),
    "nullable order, behind a null": (
        Mark,
        Find(scoped=True, conditions=(), order=("text_or_none", "id"), descending=True, after=(False, True)),
    ),
    "all tenants": (Stay, Find(scoped=False, conditions=(), order=("guest_id", "id"), descending=False, after=(True, True))),
    "platform record": (Rate, Find(scoped=False, conditions=(("family", "eq"),), order=("cents", "code"), descending=False, after=None)),
    "the record that is the tenant": (House, Find(scoped=True, conditions=(), order=("id",), descending=False, after=None)),
}


def statements(plans: Plans) -> Iterator[tuple[str, Statement]]:
    """Every shape with a name."""
    for record in (Guest, House, Rate, Stay):
        plan: Plan = plans.of[record]
        shapes, scoped = plan.statements, plan.front
        fields = record.__struct_fields__
        yield f"{record.__name__} get", shapes.get(fields, scoped=scoped)
        yield f"{record.__name__} get, locked", shapes.get(fields, scoped=scoped, lock=True)
        yield f"{record.__name__} insert", shapes.insert()
        yield f"{record.__name__} replace", shapes.replace(versioned=plan.versioned)
        yield f"{record.__name__} remove", shapes.remove(scoped=scoped, versioned=plan.versioned)
        yield f"{record.__name__} check", shapes.nothing(fields)
    yield "Guest probe", plans.of[Guest].statements.probe(("house_id", "id"))
    for name, (record, shape) in FINDS.items():
        yield f"{record.__name__} find: {name}", plans.of[record].statements.find(shape, record.__struct_fields__)


def told(dialect: Dialect, paramstyle: Paramstyle) -> str:
    """All statements of one kind of executor, as the golden file holds them."""
    plans = Plans(SPECIMENS, dialect, paramstyle)
    lines = [f"-- {dialect}, {paramstyle}"]
    for name, statement in statements(plans):
        lines += ["", f"-- {name} ({', '.join(statement.names)})", f"{statement.sql};"]
    return "\n".join(lines)


class TestGolden:
    """What is sent to databases."""

    def test_every_statement_is_as_it_was_read_and_approved(self) -> None:
        """A change of the SQL is a decision: the file shows it in review."""
        text = "\n\n".join(told(*executor) for executor in EXECUTORS) + "\n"
        if os.environ.get("KINGPOST_WRITE_GOLDEN") == "1":
            GOLDEN.write_text(text)
        assert text == GOLDEN.read_text()

    def test_no_statement_selects_everything_or_matches_patterns(self) -> None:
        """Columns are always named, and LIKE, whose collation and escapes differ, is never used."""
        for line in GOLDEN.read_text().splitlines():
            assert "*" not in line
            assert " LIKE " not in line

    def test_every_statement_of_a_tenants_store_names_the_tenant(self) -> None:
        """No get, find, replace or remove of an owned record is without its tenant."""
        for name, statement in statements(Plans(SPECIMENS, "sqlite", "qmark")):
            record = name.split()[0]
            if record in ("Guest", "Stay") and not name.endswith(("check", "all tenants")):
                assert "house_id" in statement.sql.partition("WHERE")[2] or statement.sql.startswith("INSERT"), name

    def test_the_paramstyles_are_those_of_the_port(self) -> None:
        """Every style that an executor may have is in the golden file."""
        assert {style for _, style in EXECUTORS} == set(get_args(Paramstyle))


class TestPlansOfTheDatabase:
    """That indexes are used."""

    @pytest.mark.parametrize("name", [name for name, (_, shape) in FINDS.items() if shape.scoped and "null" not in name])
    def test_sqlite_walks_an_index_without_sorting(self, name: str) -> None:
        """A page of a tenant is read along an index: no scan of the table, no temporary sort (but for rows whose unique fields are null)."""
        connection = sqlite3.connect(":memory:")
        for statement in create_statements(metadata(SPECIMENS), "sqlite"):
            connection.execute(statement)
        record, shape = FINDS[name]
        found = Plans(SPECIMENS, "sqlite", "qmark").of[record].statements.find(shape, record.__struct_fields__)
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", tuple("1" for _ in found.names))]
        connection.close()
        assert len(steps) == 1, steps
        assert steps[0].startswith("SEARCH"), steps
        assert "INDEX" in steps[0], steps
