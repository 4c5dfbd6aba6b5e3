"""Databases that migrating cannot mend: each is refused with what to do, and left as it was. It knows histories and tables, no command line."""

import pytest
from sqlalchemy import create_engine, text

from kingpost.adapters.sql import migrate
from kingpost.adapters.sql.reflection import describe
from kingpost.adapters.sql.urls import parse
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.tenancy import AccessKey, HostName, Tenant

COMPONENTS = (Component(name="tenancy", package="kingpost.kernel.tenancy", records=(Tenant, HostName, AccessKey)),)


def execute(url: str, *statements: str) -> None:
    """Run statements as somebody else would."""
    engine = create_engine(parse(url).for_sqlalchemy)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def tables(url: str) -> dict[str, object]:
    """The tables of the database, in canonical form."""
    engine = create_engine(parse(url).for_sqlalchemy)
    with engine.connect() as connection:
        made = describe(connection)
    engine.dispose()
    return made


def test_a_revision_from_the_future_is_refused(any_url: str) -> None:
    """An older version beside a newer database changes nothing, and says that it is the older one."""
    migrate.upgrade(any_url, COMPONENTS)
    execute(any_url, "UPDATE kingpost_alembic SET version_num = 'tenancy_0099' WHERE version_num LIKE 'tenancy%'")
    execute(any_url, "UPDATE kingpost_schema SET revision = 'tenancy_0099' WHERE component = 'tenancy'")
    before = tables(any_url)
    with pytest.raises(ConfigurationError, match=r"tenancy_0099.*does not know.*install the version"):
        migrate.upgrade(any_url, COMPONENTS)
    assert tables(any_url) == before


def test_a_table_that_no_history_made_is_refused(any_url: str) -> None:
    """It may hold somebody's data; the message names it and both ways out."""
    execute(any_url, "CREATE TABLE kingpost_tenancy_tenant (other INTEGER)")
    before = tables(any_url)
    with pytest.raises(ConfigurationError, match=r"kingpost_tenancy_tenant already exists.*--adopt"):
        migrate.upgrade(any_url, COMPONENTS)
    assert tables(any_url) == before


def test_a_table_that_was_dropped_is_named(any_url: str) -> None:
    """Migrating again would do nothing, so it says what would help."""
    migrate.upgrade(any_url, COMPONENTS)
    execute(any_url, "DROP TABLE kingpost_tenancy_hostname")
    with pytest.raises(ConfigurationError, match=r"kingpost_tenancy_hostname is missing.*backup"):
        migrate.upgrade(any_url, COMPONENTS)


def test_a_component_that_is_off_may_be_of_any_revision(any_url: str) -> None:
    """Only the components that are on have to be known."""
    migrate.upgrade(any_url, COMPONENTS)
    execute(any_url, "INSERT INTO kingpost_schema (component, revision, owner) VALUES ('orders', 'orders_0007', 'alembic')")
    assert migrate.upgrade(any_url, COMPONENTS)["tenancy"] == "tenancy_0001"
