"""A server that ends many connections at once: one caller learns of it, and no other meets what is left of them."""

import asyncio

import pytest

from kingpost.kernel.errors import Unavailable

from .hosting import opened

pytest.importorskip("psycopg", reason="PostgreSQL tests need the extra postgres")

OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class TestLostConnections:
    """Idle connections that were used a moment ago are not looked at before use; a lost one makes the pool look at all of them."""

    def test_one_lost_connection_costs_one_caller(self, fresh_postgres_url: str) -> None:
        """Eight connections end with the server's process; one statement fails, then every statement works."""

        async def scenario() -> int:
            async with opened(fresh_postgres_url, pool_size=8) as storage, opened(fresh_postgres_url, create=False) as outsider:
                await asyncio.gather(*(storage.session().executor.fetch("SELECT pg_sleep(0.05)::text", ()) for _ in range(8)))
                await outsider.session().executor.fetch(OTHERS, ())
                lost = 0
                for _ in range(12):
                    try:
                        await storage.session().executor.fetch("SELECT 1", ())
                    except Unavailable:
                        lost += 1
                return lost

        assert asyncio.run(scenario()) == 1
