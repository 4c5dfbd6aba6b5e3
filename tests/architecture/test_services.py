"""The scratch space that tests get is theirs alone. It knows the fixtures of tests/conftest.py and a client of each server."""

from urllib.parse import urlsplit, urlunsplit


def test_a_test_process_has_a_postgresql_database_of_its_own(postgres_url: str) -> None:
    """The scratch database can be reached under its own name and is written in UTF-8."""
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT current_database(), current_setting('server_encoding')").fetchone()
    assert row == (urlsplit(postgres_url).path[1:], "UTF8")
    assert urlsplit(postgres_url).path.startswith("/kingpost_test_")


def test_one_test_can_have_an_empty_database(postgres_url: str, fresh_postgres_url: str) -> None:
    """The database of one test is another than that of the process, and holds no table."""
    import psycopg

    with psycopg.connect(fresh_postgres_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
    assert fresh_postgres_url != postgres_url


def test_a_test_process_has_a_redis_database_of_its_own(redis_url: str) -> None:
    """The claimed database number is not that of the claims, and what is written to it stays out of database 0."""
    import redis

    number = urlsplit(redis_url).path[1:]
    claims_url = urlunsplit(urlsplit(redis_url)._replace(path="/0"))
    assert number.isdigit()
    assert number != "0"
    with redis.Redis.from_url(redis_url) as claimed, redis.Redis.from_url(claims_url) as shared:
        claimed.set("kingpost:test:mark", number, ex=60)
        assert claimed.get("kingpost:test:mark") == number.encode()
        assert shared.get(f"kingpost:test:db:{number}") is not None
