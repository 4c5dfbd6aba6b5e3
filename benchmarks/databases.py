"""Where the benchmarks find PostgreSQL: a scratch database on the test server, dropped at the end. It knows no table."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

SERVER = os.environ.get("KINGPOST_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")


@contextmanager
def scratch() -> Iterator[str | None]:
    """The URL of an empty database, or None where there is no server or no driver."""
    try:
        import psycopg  # noqa: PLC0415  (an extra)
    except ImportError:
        yield None
        return
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    name = f"kingpost_bench_{uuid4().hex}"
    with server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
