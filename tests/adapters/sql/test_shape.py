"""Shapes, types and codecs of tables. It knows what both histories must agree on."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from msgspec import Meta

from examples.storefront.records import Product
from kingpost.adapters.sql import create_all
from kingpost.adapters.sql.codecs import decoder, encoder
from kingpost.adapters.sql.executor import Dialect
from kingpost.adapters.sql.shape import shape, shapes
from kingpost.adapters.sql.tables import create_statements, metadata
from kingpost.adapters.sql.urls import parse
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Detail, Guest, House, Mark, Mood, Stay
from kingpost.kernel import typeid
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Facts, Record, Reference, Retention, column
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import AccessKey, HostName, Tenant

NUMBER = UUID("0190b9ad-7d00-7d3e-a7b2-0c1e2d3f4a5b")
MOMENT = datetime(2026, 1, 31, 9, 30, 15, 250, UTC)


class TestShape:
    """Names and columns."""

    def test_owned_keys_and_indexes_start_with_the_tenant(self) -> None:
        """Every unique, index and reference within a tenant does; indexes end with the key."""
        made = shape(Product, Tenant)
        assert all(key.columns[0] == "tenant_id" for key in (*made.uniques, *made.indexes, *made.references))
        assert all("id" in index.columns for index in made.indexes)
        assert ("tenant_id", "id") in {key.columns for key in made.uniques}

    def test_the_tenants_own_table_is_unique_over_all(self) -> None:
        """A slug belongs to one tenant of the platform."""
        assert {key.columns for key in shape(Tenant, Tenant).uniques} == {("slug",), ("host_ref",)}

    def test_references_within_a_tenant_carry_it(self) -> None:
        """To an owned record with the tenant, to a platform record without; to the tenant record from every owned one."""
        found = {each.rule: (each.columns, each.target, each.target_columns) for each in shape(Stay, House).references}
        assert found == {
            "reference:kingpost_laws_stay:guest_id": (("house_id", "guest_id"), Guest, ("house_id", "id")),
            "reference:kingpost_laws_stay:rate_code": (("rate_code",), Stay.facts.references[1].target, ("code",)),
            "reference:kingpost_laws_stay:house_id": (("house_id",), House, ("id",)),
        }

    def test_names_are_short_and_unique(self) -> None:
        """At most 30 characters, as Django demands, and no two alike in a database."""
        made = (*shapes(SPECIMENS), *shapes((Tenant, HostName, AccessKey, Product)))
        names = [each.name for one in made for group in (one.uniques, one.indexes, one.references) for each in group]
        assert len(names) == len(set(names))
        assert max(map(len, names)) <= 30

    def test_a_target_that_is_not_there_is_named(self) -> None:
        """The component that brings it is missing."""
        with pytest.raises(ConfigurationError, match=r"Stay refers to Guest.*add its component"):
            shapes((House, Stay))

    def test_a_reference_of_another_type_is_refused(self) -> None:
        """A text that refers to an id would fail in the database only."""

        class Wrong(Record, frozen=True, kw_only=True):
            facts: ClassVar[Facts] = Facts(
                component="laws",
                name="wrong",
                tenant=None,
                personal=(),
                retention=Retention("a test"),
                references=(Reference("house", House),),
            )
            id: Annotated[str, id_of("wro")]
            house: Annotated[str, Meta(max_length=40)]

        with pytest.raises(ConfigurationError, match=r"Wrong\.house refers to House\.id"):
            shape(Wrong, None)

    def test_the_ddl_speaks_as_django_does(self) -> None:
        """The types that Django's schema editor writes, on both databases."""
        sqlite = "\n".join(create_statements(metadata(SPECIMENS), "sqlite"))
        postgresql = "\n".join(create_statements(metadata(SPECIMENS), "postgresql"))
        for line in (
            "id CHAR(32) NOT NULL",
            "flag bool NOT NULL",
            "at DATETIME NOT NULL",
            "raw BLOB NOT NULL",
            "note TEXT NOT NULL",
            "number BIGINT",
        ):
            assert line in sqlite
        assert 'CHECK ((JSON_VALID("note") OR "note" IS NULL))' in sqlite
        for line in (
            "id UUID NOT NULL",
            "flag BOOLEAN",
            "at TIMESTAMP WITH TIME ZONE",
            "raw BYTEA",
            "note JSONB",
            'text VARCHAR(60) COLLATE "C"',
        ):
            assert line in postgresql
        assert "JSON_VALID" not in postgresql


def both_ways(name: str, dialect: Dialect, value: object) -> tuple[object, object]:
    """The value as a parameter, and back."""
    to, back = encoder(column(Mark, name), dialect), decoder(column(Mark, name), dialect)
    sent = value if to is None else to(value)
    return sent, sent if back is None else back(sent)


class TestCodecs:
    """Values on their way."""

    @pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("id", typeid.encode("mrk", NUMBER)),
            ("mood", Mood.LOUD),
            ("choice", "green"),
            ("flag", True),
            ("at", MOMENT),
            ("raw", b"\x00\xff"),
            ("detail", Detail(at=MOMENT, sizes=(1, 2), ratio=0.1, more={"ä": "ß"})),
            ("tags", ("a", "b")),
            ("number", -(2**63)),
        ],
    )
    def test_every_kind_comes_back_as_it_went(self, dialect: Dialect, name: str, value: object) -> None:
        """Typed, on both dialects."""
        assert both_ways(name, dialect, value)[1] == value

    def test_sqlite_keeps_what_django_writes(self) -> None:
        """Hexadecimal ids, instants without zone that sort as text, 0 and 1."""
        assert both_ways("id", "sqlite", typeid.encode("mrk", NUMBER))[0] == NUMBER.hex
        assert both_ways("at", "sqlite", MOMENT)[0] == "2026-01-31 09:30:15.000250"
        assert both_ways("at", "sqlite", MOMENT.replace(microsecond=0))[0] == "2026-01-31 09:30:15"
        assert both_ways("flag", "sqlite", True)[0] == 1

    def test_another_zone_is_kept_in_utc(self) -> None:
        """The instant counts, not the clock on the wall."""
        east = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))
        assert both_ways("at", "sqlite", east)[1] == MOMENT

    @pytest.mark.parametrize("given", [NUMBER, NUMBER.hex, str(NUMBER)])
    def test_ids_are_read_however_a_driver_gives_them(self, given: object) -> None:
        """A UUID, its digits, or its text with dashes."""
        convert = decoder(column(Mark, "id"), "sqlite")
        assert convert is not None
        assert convert(given) == typeid.encode("mrk", NUMBER)

    @pytest.mark.parametrize("given", ['{"a":"b"}', b'{"a":"b"}', memoryview(b'{"a":"b"}'), {"a": "b"}])
    def test_json_is_read_however_a_driver_gives_it(self, given: object) -> None:
        """As text, as bytes, or decoded already."""
        convert = decoder(column(Mark, "note"), "postgresql")
        assert convert is not None
        assert convert(given) == {"a": "b"}

    @pytest.mark.parametrize(
        "given", [MOMENT, MOMENT.replace(tzinfo=None), MOMENT.astimezone(timezone(timedelta(hours=-3))), str(MOMENT)[:-6]]
    )
    def test_instants_are_read_however_a_driver_gives_them(self, given: object) -> None:
        """Aware in any zone, naive in UTC, or as text; always in UTC."""
        convert = decoder(column(Mark, "at"), "sqlite")
        assert convert is not None
        read = convert(given)
        assert isinstance(read, datetime)
        assert (read, read.tzinfo) == (MOMENT, UTC)

    def test_bytes_are_read_from_a_view(self) -> None:
        """Psycopg and SQLite give memoryviews under Django."""
        convert = decoder(column(Mark, "raw"), "postgresql")
        assert convert is not None
        assert convert(memoryview(b"x")) == b"x"


class TestUrls:
    """The accepted forms."""

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("sqlite:///kingpost.db", ("sqlite", "kingpost.db")),
            ("sqlite:////var/lib/king%20post.db", ("sqlite", "/var/lib/king post.db")),
            ("sqlite://", ("sqlite", ":memory:")),
            ("postgresql://me:pw@db.example:6432/app?sslmode=require", ("postgresql", "")),
            ("postgres:///app", ("postgresql", "")),
        ],
    )
    def test_accepted(self, url: str, expected: tuple[str, str]) -> None:
        """Paths are unquoted; PostgreSQL's options reach libpq."""
        found = parse(url)
        assert (found.dialect, found.path) == expected
        if "sslmode" in url:
            assert "sslmode=require" in found.conninfo

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "kingpost.db",
            "mysql://u:secret@h/db",
            "sqlite://host/x.db",
            "sqlite:///x.db?mode=ro",
            "postgresql://u:secret@h",
            "postgresql://u:secret@h:0x/db",
            "http://[",
        ],
    )
    def test_refused(self, url: str) -> None:
        """The message says which forms there are, and never shows what may hold a password."""
        with pytest.raises(ConfigurationError, match="sqlite:///") as caught:
            parse(url)
        assert "secret" not in str(caught.value)

    def test_create_all_needs_a_database_that_stays(self) -> None:
        """In memory it would be gone at once."""
        with pytest.raises(ConfigurationError, match="create_all"):
            drive(create_all("sqlite://", SPECIMENS))
