"""What the tests find around them: PostgreSQL, Redis, installed extras. It knows addresses and scratch space, and nothing of what is tested."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

POSTGRES = os.environ.get("KINGPOST_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")
REDIS = os.environ.get("KINGPOST_TEST_REDIS_URL", "redis://127.0.0.1:6379")
REQUIRED = os.environ.get("KINGPOST_REQUIRE_SERVICES") == "1"

CLAIM_SECONDS = 7200  # longer than any test run
USED = "kingpost:test:used"

ADAPTER_NEEDS = {
    "django": "ninja",
    "django_app": "ninja",
    "litestar": "litestar",
    "litestar_app": "litestar",
    "outbound": "httpcore",
    "redis": "redis",
    "runtime": "prometheus_client",
    "sql": "sqlalchemy",
}
"""The tests of an adapter, by folder below ``tests/adapters``, and the package without which it cannot be imported."""


def _left_out() -> list[str]:
    """Adapters whose extra is not installed; none where everything is promised."""
    return [] if REQUIRED else [folder for folder, package in ADAPTER_NEEDS.items() if find_spec(package) is None]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests of adapters that this installation does not have."""
    return True if collection_path.parent.name == "adapters" and collection_path.name in _left_out() else None


def pytest_report_header() -> str:
    """Say what is left out, so that nothing is skipped in silence."""
    missing = _left_out()
    return f"kingpost: left out, extra not installed: {', '.join(missing)}" if missing else "kingpost: every extra is installed"


def _absent(reason: str) -> NoReturn:
    """Skip with the reason; where services are promised (``KINGPOST_REQUIRE_SERVICES=1``), fail with it."""
    if REQUIRED:
        pytest.fail(f"{reason}; KINGPOST_REQUIRE_SERVICES=1 promises it", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server_url() -> str:
    """URL of a database of the test server from which scratch databases can be created."""
    try:
        import psycopg
    except ImportError:
        _absent("PostgreSQL tests need the extra postgres")
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        _absent(f"no PostgreSQL (set KINGPOST_TEST_POSTGRES_URL): {str(error).splitlines()[0]}")
    return POSTGRES


def _scratch_database(server_url: str) -> Iterator[str]:
    import psycopg
    from psycopg import sql

    name = f"kingpost_test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of a scratch database that this test process owns; dropped at its end."""
    yield from _scratch_database(postgres_server_url)


@pytest.fixture(scope="class")
def class_postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of an empty database for the tests of one class; dropped after them."""
    yield from _scratch_database(postgres_server_url)


@pytest.fixture
def fresh_postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of an empty database for one test; dropped after it."""
    yield from _scratch_database(postgres_server_url)


@pytest.fixture
def second_postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of another empty database for one test that compares two; dropped after it."""
    yield from _scratch_database(postgres_server_url)


def _redis(number: int) -> str:
    """URL of a database number of the test server; 0 keeps the claims."""
    return urlunsplit(urlsplit(REDIS)._replace(path=f"/{number}"))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis database number that this test process owns: one found empty, claimed, and flushed at the end."""
    try:
        import redis
    except ImportError:
        _absent("Redis tests need the extra redis")
    server = redis.Redis.from_url(_redis(0), socket_connect_timeout=3)
    try:
        server.ping()
    except redis.ConnectionError as error:
        _absent(f"no Redis (set KINGPOST_TEST_REDIS_URL): {error}")
    with server:
        yield from _claimed_database(server, uuid4().hex)


def _claimed_database(server, owner: str) -> Iterator[str]:  # noqa: ANN001  redis may be absent, so its types cannot be named here
    import redis

    for number in range(1, int(server.config_get("databases")["databases"])):
        claim = f"kingpost:test:db:{number}"
        if not server.set(claim, owner, nx=True, ex=CLAIM_SECONDS):
            continue
        url = _redis(number)
        with redis.Redis.from_url(url) as database:
            if database.dbsize() and not server.sismember(USED, number):
                server.delete(claim)  # somebody's data, not a leftover of a killed test run
                continue
            server.sadd(USED, number)
            database.flushdb()
            try:
                yield url
            finally:
                database.flushdb()
                server.srem(USED, number)
                server.delete(claim)
        return
    _absent("no empty Redis database is left: flush one, or set KINGPOST_TEST_REDIS_URL")
