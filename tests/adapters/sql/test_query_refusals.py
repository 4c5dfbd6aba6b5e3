"""What no query may be made of: every way around ``scoped`` is refused when the kernel is put together. It knows SQLAlchemy's ways and no database."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    TypeDecorator,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    extract,
    func,
    insert,
    lateral,
    literal,
    literal_column,
    nulls_last,
    or_,
    over,
    select,
    table,
    text,
    type_coerce,
    union_all,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import UserDefinedType

from kingpost.adapters.sql import tables
from kingpost.adapters.sql.queries import Query, contains, descending, everywhere, given, scoped
from kingpost.adapters.sql.shape import shape
from kingpost.conformance.laws.specimens import Guest, GuestId, House, Knot, Mark, Mood, Rate, Stay
from kingpost.kernel.errors import ConfigurationError

from .questions import COPIED, CROWDS, NAMED, TALLY, VISITORS, Term

guest, stay = scoped(Guest), scoped(Stay)
raw = table("kingpost_laws_guest", column("id"), column("name"), column("house_id"))
whole: Table = tables.table(shape(Guest, None), MetaData())
asked = given(Term)


class One(Struct, frozen=True, kw_only=True):
    """One number."""

    n: int


class Base(DeclarativeBase):
    """Somebody's models."""


class Model(Base):
    """A model over the table of guests."""

    __tablename__ = "kingpost_laws_guest"
    id: Mapped[str] = mapped_column(primary_key=True)
    floor: Mapped[int]


class Reading(UserDefinedType[int]):
    """A type whose columns read a file."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Its name."""
        return "bigint"

    def column_expression(self, colexpr: Any) -> Any:
        """What is selected in place of the column."""
        return func.pg_read_file("/etc/passwd")


class Doubling(TypeDecorator[int]):
    """A type that changes what it is given."""

    impl = BigInteger
    cache_ok = True


def count_of(what: Any) -> Any:
    """How many there are."""
    return select(func.count().label("n")).select_from(what)


_written = insert(raw).values(id="x").returning(raw.c.id).cte("written")
_removed = delete(raw).returning(raw.c.id).cte("removed")

UNSCOPED: dict[str, Any] = {
    "a table": count_of(raw),
    "a table of metadata": count_of(whole),
    "a model": select(func.count(Model.id).label("n")),
    "a model's column": select(Model.floor.label("n")),
    "a column of no table": select(func.count(guest.c.id).label("n")).where(column("house_id") == "x"),
    "a column of a table": select(func.count(guest.c.id).label("n")).where(raw.c.name == guest.c.name),
    "a join with a table": select(func.count(guest.c.id).label("n")).join(raw, raw.c.name == guest.c.name),
    "a left join with a table": count_of(guest.outerjoin(raw, raw.c.name == guest.c.name)),
    "a scalar subquery over a table": select(select(func.count(raw.c.id)).scalar_subquery().label("n")).select_from(guest),
    "a scalar subquery in a filter": select(guest.c.floor.label("n")).where(guest.c.name == select(func.max(raw.c.name)).scalar_subquery()),
    "a correlated exists": count_of(guest).where(exists(select(raw.c.id).where(raw.c.name == guest.c.name))),
    "an exists of everything": count_of(guest).where(exists().where(raw.c.name == guest.c.name)),
    "in a select": count_of(guest).where(guest.c.name.in_(select(raw.c.name))),
    "a union with a table": count_of(union_all(select(guest.c.id), select(raw.c.id)).subquery()),
    "a union at the top": union_all(select(guest.c.floor.label("n")), select(raw.c.id)),
    "a common table expression": count_of(select(raw.c.id).cte("everybody")),
    "a common table expression beside": count_of(guest).add_cte(select(raw.c.id).cte("everybody")),
    "a lateral": count_of(guest.join(lateral(select(raw.c.id)), onclause=guest.c.floor == 1)),
    "a sample": count_of(whole.tablesample(50)),
    "an alias of a table": count_of(raw.alias("guest")),
    "an order by a table's column": select(guest.c.floor.label("n")).order_by(select(func.max(raw.c.id)).scalar_subquery()).limit(1),
    "a group by a table's column": select(func.count(guest.c.id).label("n")).group_by(select(func.max(raw.c.id)).scalar_subquery()),
    "a having over a table": select(func.count(guest.c.id).label("n")).having(select(func.count(raw.c.id)).scalar_subquery() > 1),
    "a window over a table": select(func.rank().over(order_by=select(func.max(raw.c.id)).scalar_subquery()).label("n")).select_from(guest),
    "a filtered aggregate": select(func.count(guest.c.id).filter(exists(select(raw.c.id))).label("n")),
    "a case": select(case((exists(select(raw.c.id)), 1), else_=0).label("n")).select_from(guest),
    "a limit": select(guest.c.floor.label("n")).limit(select(func.count(raw.c.id)).scalar_subquery()),
    "a search in a table": count_of(guest).where(contains(raw.c.name, "x")),
    "a search for a table's value": count_of(guest).where(contains(guest.c.name, select(func.max(raw.c.name)).scalar_subquery())),
    "the inside of the subquery": select(func.count().label("n")).select_from(guest.element.get_final_froms()[0]),
    "the subquery without its filter": count_of(guest.element.with_only_columns(guest.element.get_final_froms()[0].c.id).subquery()),
    "another filter in the subquery": count_of(guest.element.where(guest.c.floor == 1).subquery()),
    "the column behind the column": select(func.count(next(iter(guest.c.id.base_columns))).label("n")),
    "another tenant's value": count_of(guest).params(scope_tenant="hou_x"),
    "a parameter of the store's name": count_of(guest).where(guest.c.house_id == bindparam("scope_tenant")),
    "a parameter with a value and a name": count_of(guest).where(guest.c.house_id == bindparam("scope_tenant", "hou_x")),
    "a parameter that is computed late": count_of(guest).where(guest.c.name == bindparam(None, callable_=lambda: "x", unique=True)),
    "a parameter written into the text": count_of(guest).where(guest.c.name == bindparam(None, "x", unique=True, literal_execute=True)),
}

SPEAKING: dict[str, Any] = {
    "text": count_of(guest).where(text("1 = 1 OR 1 = 1")),
    "text in the order": select(guest.c.floor.label("n")).order_by(text("1")).limit(1),
    "text to select from": count_of(text("kingpost_laws_guest")),
    "text with columns": count_of(text("SELECT 1 AS n").columns(column("n")).subquery()),
    "a literal column": select(literal_column("(SELECT count(*) FROM kingpost_laws_guest)").label("n")).select_from(guest),
    "a star": select(literal_column("*")).select_from(guest),
    "a name without quotes": select(guest.c.floor.label(quoted_name("n, (SELECT 1)", quote=False))),
    "a name of a subquery": count_of(select(guest.c.id).subquery(quoted_name("x, kingpost_laws_guest", quote=False))),
    "a prefix": count_of(guest).prefix_with("(SELECT 1),"),
    "a suffix": count_of(guest).suffix_with("UNION SELECT count(*) FROM kingpost_laws_guest"),
    "a prefix of a common table expression": count_of(select(guest.c.id).cte("x").prefix_with("MATERIALIZED")),
    "a hint": count_of(guest).with_hint(guest, ", kingpost_laws_guest"),
    "a hint to the statement": count_of(guest).with_statement_hint("; DROP TABLE kingpost_laws_guest"),
    "an operator of one's own": count_of(guest).where(guest.c.name.op("= '' OR ''=")("")),
    "a type that reads files": select(type_coerce(guest.c.floor, Reading()).label("n")),
    "a function of such a type": select(func.sum(guest.c.floor, type_=Reading()).label("n")),
    "a type of one's own": select(func.sum(guest.c.floor, type_=Doubling()).label("n")),
    "a type with text in its length": count_of(guest).where(guest.c.name == literal("x", String("1); DROP TABLE x; --"))),  # type: ignore[arg-type]
    "a type with a collation": count_of(guest).where(guest.c.name == literal("x", String(collation='C" = "'))),
    "a type with a variant": count_of(guest).where(guest.c.name == literal("x", String().with_variant(Reading(), "postgresql"))),
    "a window that leaves out by text": select(
        over(func.count(), order_by=guest.c.floor, rows=(None, 0), exclude="TIES) FROM x --").label("n")
    ),
    "a cast": select(cast(guest.c.name, Integer).label("n")),
    "a collation": count_of(guest).where(guest.c.name.collate("x") == "y"),
}

ACTING: dict[str, Any] = {
    "a file": count_of(guest).where(func.pg_read_file("/etc/passwd") == "x"),
    "a sleep": select(func.pg_sleep(60).label("n")).select_from(guest),
    "a setting": count_of(guest).where(func.set_config("row_security", "off", False) == "off"),
    "a sequence": select(func.nextval("s").label("n")).select_from(guest),
    "another database": count_of(func.dblink("host=elsewhere", "SELECT 1").table_valued("n")),
    "a query in a text": select(func.query_to_xml("SELECT * FROM kingpost_laws_guest", True, False, "").label("n")).select_from(guest),
    "a large object": select(func.lo_import("/etc/passwd").label("n")).select_from(guest),
    "an extension": select(func.load_extension("x").label("n")).select_from(guest),
    "rows of a function": count_of(func.generate_series(1, 10**9).table_valued("n")),
    "a function of a schema": select(func.pg_catalog.count(guest.c.id).label("n")),
    "an aggregate that is ordered within": select(func.percentile_cont(0.5).within_group(guest.c.floor).label("n")),
    "a written row": count_of(guest).where(exists(select(_written.c.id))),
    "a removed row": count_of(guest).add_cte(_removed),
    "a lock": select(guest.c.floor.label("n")).with_for_update(),
    "rows from values": count_of(values(column("a", Integer), name="v").data([(1,)])),
    "distinct on": select(guest.c.floor.label("n")).ext(distinct_on(guest.c.name)),
    "a fetch with ties": select(guest.c.floor.label("n")).order_by(guest.c.floor).fetch(1, with_ties=True),
    "like": count_of(guest).where(guest.c.name.like("%a%")),
    "ilike": count_of(guest).where(guest.c.name.ilike("%a%")),
    "starts with": count_of(guest).where(guest.c.name.startswith("a")),
    "a regular expression": count_of(guest).where(guest.c.name.regexp_match("a")),
    "a match": count_of(guest).where(guest.c.name.match("a")),
    "a division": select((guest.c.floor / 2).label("n")),
    "a remainder": select((guest.c.floor % 2).label("n")),
    "any": count_of(guest).where(guest.c.name == any_(select(stay.c.guest_id).scalar_subquery())),
    "a part of an instant": select(extract("year", scoped(Mark).c.at).label("n")),
    "a maximum of ids": count_of(select(func.max(guest.c.id)).subquery()),
    "a maximum of flags": count_of(select(func.max(scoped(Mark).c.flag)).subquery()),
    "an instant without a zone": count_of(moment := scoped(Mark)).where(moment.c.at < datetime(2026, 1, 1)),  # noqa: DTZ001
    "a value of another kind": count_of(guest).where(guest.c.floor == Decimal(1)),
    "an id that is none": count_of(guest).where(guest.c.id == "gst_1"),
    "an id of another kind": count_of(guest).where(guest.c.id.in_(["sty_01h455vb4pex5vsknk084sn02q"])),
    "a select that cannot be correlated": select(guest.c.floor.label("n"))
    .join(stay, stay.c.guest_id == guest.c.id)
    .where(select(stay.c.id).where(stay.c.guest_id == guest.c.id).exists()),
    "a document that is compared": count_of(scoped(Mark)).where(scoped(Mark).c.note == "{}"),
}


other, mark = scoped(Guest), scoped(Mark)
_floors = select(guest.c.floor, func.count().label("n")).group_by(guest.c.floor).cte("floors")
_start = select(guest.c.floor.label("n")).where(guest.c.floor == 0).cte("climbing", recursive=True)
_climbing = _start.union_all(select(_start.c.n + 1).where(_start.c.n < 3))

ALLOWED: tuple[Any, ...] = (
    select(func.sum(_floors.c.n).label("n")),
    select(func.sum(_climbing.c.n).label("n")),
    count_of(guest.join(other, and_(guest.c.name == other.c.name, guest.c.id != other.c.id), full=True)),
    count_of(union_all(select(guest.c.id), select(other.c.id)).subquery()),
    count_of(guest.alias("visitor")),
    select(func.count(guest.c.id.distinct()).filter(or_(guest.c.badge.is_not(None), ~contains(guest.c.name, "a"))).label("n")),
    select(func.row_number().over(partition_by=guest.c.floor, order_by=nulls_last(guest.c.badge.desc())).label("n")).select_from(guest),
    select(case((guest.c.floor.between(1, 3), guest.c.floor * 2), else_=-guest.c.floor).label("n")).where(guest.c.name.in_(["a", "b"])),
    count_of(mark).where(mark.c.mood == Mood.CALM, mark.c.at < datetime(2026, 1, 1, tzinfo=UTC), mark.c.flag, mark.c.raw == b"x"),
    select(func.count(guest.c.id).label("n")).where(
        select(stay.c.id).where(stay.c.guest_id == guest.c.id).correlate(guest).exists(), guest.c.id.in_(select(stay.c.guest_id))
    ),
    select(guest.c.floor.label("n")).order_by(guest.c.floor.desc()).limit(1).offset(1),
)


def refusal(statement: Any, **said: Any) -> str:
    """What is told of a query with this select."""
    query = Query("laws.guests.asked", statement, **{"returns": One, **said})
    with pytest.raises(ConfigurationError) as refused:
        query.verify()
    return str(refused.value)


@pytest.mark.parametrize("shape_", [*UNSCOPED, *SPEAKING, *ACTING])
def test_what_reaches_past_the_tenant_is_refused(shape_: str) -> None:
    """Each shape is refused before anything runs; the message names the query and the line where it is written."""
    told = refusal({**UNSCOPED, **SPEAKING, **ACTING}[shape_])
    assert told.startswith(f"query 'laws.guests.asked' ({Path(__file__)}:")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            count_of(raw),
            "kingpost_laws_guest is a table with every tenant's rows (TableClause); select from scoped(Record) and from what is made of it",
        ),
        (UNSCOPED["a column of no table"], "house_id is a column of no table (ColumnClause); select from scoped(Record)"),
        (SPEAKING["text"], "1 = 1 OR 1 = 1 is text that nothing can be told of (TextClause); write it with SQLAlchemy's expressions"),
        (ACTING["a file"], " calls a function that is not on the list"),
        (ACTING["a file"], "a query may call abs, coalesce, count"),
        (
            ACTING["like"],
            "uses the operator 'like_op', which is not the same on both databases (BinaryExpression); use contains(column, term)",
        ),
        (ACTING["a lock"], "lock rows with store.get(..., lock=True)"),
        (UNSCOPED["a parameter of the store's name"], ":scope_tenant is a parameter that the query does not declare"),
        (UNSCOPED["a parameter of the store's name"], "declare it as a field of a Struct and take it from given(Struct)"),
        (ACTING["an id that is none"], "an id is compared with a fixed value that is none"),
        (ACTING["a select that cannot be correlated"], "sqlite cannot say it: "),
        (SPEAKING["a prefix"], "SELECT (SELECT 1), count(*) AS n FROM scoped(Guest) AS anon_1 has text written in front of it"),
        (
            ACTING["a maximum of ids"],
            "max(anon_1.id) is not there on PostgreSQL for a value of kind id (max); order by it and take the first row",
        ),
    ],
)
def test_a_refusal_shows_the_node_and_the_mend(statement: Any, told: str) -> None:
    """The offending part is shown as SQL, with what is wrong with it and what to do."""
    assert told in refusal(statement)


def test_what_is_allowed_passes() -> None:
    """Joins of all kinds, unions, expressions, windows and searches over scoped rows are no offence; nor are the laws' own queries."""
    for query in (VISITORS, NAMED, TALLY, COPIED, CROWDS):
        query.verify()
    for statement in ALLOWED:
        Query("laws.guests.asked", statement, returns=One).verify()
    term = count_of(guest).where(~contains(guest.c.name, asked.term))
    Query("laws.guests.asked", term, returns=One, takes=Term).verify()


class Pair(Struct, frozen=True, kw_only=True):
    """An id and a name."""

    id: GuestId
    name: str


class Unused(Struct, frozen=True, kw_only=True):
    """Two parameters."""

    term: str
    other: dict[str, str]


pair = select(guest.c.id, guest.c.name)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"statement": select(guest.c.id), "returns": Pair}, "Pair has the field 'name', which it does not select; select it, or .label('name')"),
        ({"statement": select(guest.c.id, guest.c.name, guest.c.floor), "returns": Pair}, "it selects 'floor', which Pair does not have"),
        ({"statement": select(guest.c.id, guest.c.id.label("name")), "returns": Pair}, "Pair.name is declared as text and the column is id with prefix 'gst'"),
        ({"statement": select(stay.c.id, guest.c.name).join(guest, stay.c.guest_id == guest.c.id), "returns": Pair}, "the column is id with prefix 'sty'"),
        ({"statement": select(guest.c.id, guest.c.badge.label("name")), "returns": Pair}, "Pair.name can be null, as 'badge' of the record can"),
        ({"statement": select(guest.c.id, func.nullif(guest.c.name, "").label("name")), "returns": Pair}, "nothing tells the type of the column 'name'"),
        ({"statement": select(func.sum(guest.c.floor, type_=Numeric()).label("n"))}, "is of the type Numeric()"),
        ({"statement": select(guest.c.name.label("n"))}, "One.n is declared as integer and the column is text"),
        ({"statement": pair, "returns": Pair, "key": ("nobody",)}, "Pair has no field 'nobody'"),
        ({"statement": pair, "returns": Pair, "order": ("name",)}, "an order needs a key"),
        ({"statement": pair, "returns": Pair, "order": ("name", descending("name")), "key": ("id",)}, "the order names 'name' twice"),
        ({"statement": pair.order_by(guest.c.name), "returns": Pair, "key": ("id",)}, "say it in order=(...)"),
        ({"statement": count_of(scoped(Stay)).where(contains(guest.c.name, asked.term))}, "the parameter 'term' is of Term; say takes=Term"),
        ({"statement": count_of(guest).where(contains(guest.c.name, given(Unused).term)), "takes": Unused}, "the parameter 'other' is never used"),
        ({"statement": count_of(everywhere(House))}, "everywhere(House) holds every tenant's rows; use scoped(House), or say platform=True"),
        ({"statement": count_of(guest), "platform": True}, "scoped(Guest) has no tenant in a query with platform=True; use everywhere(Guest)"),
        ({"statement": select(func.count().label("n"))}, "it reads no record"),
        ({"statement": update(raw)}, "a query is a select, or several in a union; this is a Update"),
        ({"statement": count_of(guest), "name": "Guests"}, "the name must be <component>.<noun>.<what>"),
        ({"statement": select(guest.c.id, guest.c.name, guest.c.name), "returns": Pair}, "two of its columns have one name"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(said: dict[str, Any], told: str) -> None:
    """Columns that are not the Struct's, parameters that are not declared, an order without an end: each is told with its mend."""
    query = Query(**{"name": "laws.guests.asked", "returns": One, **said})
    with pytest.raises(ConfigurationError) as refused:
        query.verify()
    assert told in str(refused.value)


def test_a_platform_record_is_no_tenant_s() -> None:
    """``scoped`` refuses a record that no tenant owns, where it is called."""
    with pytest.raises(ConfigurationError, match=r"scoped\(Rate\): no tenant owns it; read it with everywhere\(Rate\)"):
        scoped(Rate)
    Query("laws.rates.counted", count_of(everywhere(Rate)), returns=One, platform=True).verify()


def test_parameters_are_those_that_are_declared() -> None:
    """A call with a missing, a misspelt or a positional parameter, and an attribute that the Struct does not have, each say what there is."""
    for ask in (NAMED, lambda: NAMED(trem="x"), lambda: NAMED("x"), lambda: TALLY(term="x")):  # type: ignore[call-arg]
        with pytest.raises(ConfigurationError, match="takes"):
            ask()
    with pytest.raises(ConfigurationError, match=r"no parameter 'trem'; it has term"):
        _ = given(Term).trem


def test_a_record_that_refers_to_itself_is_joined_with_itself() -> None:
    """Each call of ``scoped`` is a table of its own."""
    one, two = scoped(Knot), scoped(Knot)
    Query("laws.knots.counted", count_of(one.join(two, one.c.next_id == two.c.id)), returns=One).verify()
