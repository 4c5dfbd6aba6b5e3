"""SQLite and PostgreSQL as backends of the conformance kit: databases that are made for one target and gone afterwards. It knows the kit's port, no target.

The adapter itself does not import it; the kit finds it by the entry point groups ``kingpost.backends`` and ``kingpost.histories``.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kingpost.conformance.target import Unreachable
from kingpost.kernel.component import Component
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Clock

from . import create_all, migrate, reflection, sql_storage
from .engine import transaction
from .urls import parse

SERVER: Final = "KINGPOST_TEST_POSTGRES_URL"
"""The environment variable that names the PostgreSQL server: the URL of any of its databases, for a role that may create others."""
NEARBY: Final = "postgresql://root@127.0.0.1:5432/postgres"
_REACH_SECONDS: Final = 5


class _SqlBackend:
    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:
        """A storage with tables made from the records, without a history, unless some are there."""
        chosen = tuple(records)
        if not self.describe(url):
            await create_all(url, chosen)
        return await sql_storage(url, records=chosen, clock=clock)

    def describe(self, url: str) -> dict[str, object]:
        """The tables as the database has them."""
        with transaction(url, wait=_REACH_SECONDS, lock=False) as connection:
            return reflection.describe(connection)


class SqliteBackend(_SqlBackend):
    """A file."""

    name = "sqlite"

    @contextmanager
    def scratch(self, folder: Path) -> Iterator[str]:
        """The URL of a file in the folder."""
        path = folder / f"kingpost_kit_{uuid4().hex}.sqlite3"
        try:
            yield f"sqlite:///{path}"
        finally:
            for file in folder.glob(f"{path.name}*"):  # the write-ahead log lies beside it
                file.unlink(missing_ok=True)


class PostgresqlBackend(_SqlBackend):
    """A database on the server that the environment names."""

    name = "postgresql"

    @contextmanager
    def scratch(self, folder: Path) -> Iterator[str]:
        """The URL of a new database; whoever is still connected to it in the end is thrown out."""
        server, name = os.environ.get(SERVER, NEARBY), f"kingpost_kit_{uuid4().hex}"
        with _connected(server) as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            with _connected(server) as connection:
                connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # nobody misses it after a power cut
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            with _connected(server) as connection:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def _connected(server: str) -> Iterator[Connection]:
    """A connection in autocommit, as making a database wants it."""
    try:
        arguments = {"connect_timeout": _REACH_SECONDS}
        engine = create_engine(parse(server).for_sqlalchemy, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    except ImportError:
        raise Unreachable("the backend 'postgresql' needs the extra 'postgres': pip install 'kingpost[postgres]'") from None
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise Unreachable(f"no PostgreSQL for the backend 'postgresql': {reason}; name a server in {SERVER}") from None
    finally:
        engine.dispose()


def by_alembic(url: str, components: tuple[Component, ...]) -> None:
    """The Alembic histories of the components, run to their heads."""
    migrate.upgrade(url, components)
