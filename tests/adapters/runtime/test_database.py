"""Laws of the deployment's own database: assembled without I/O, opened with the process, recovered by a probe; and what the doctor says of it."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kingpost.adapters.runtime import composition, embedded, examination, first_run
from kingpost.adapters.runtime.commands import migrate
from kingpost.adapters.runtime.database import Database, kernel_of
from kingpost.adapters.runtime.settings import AccountsTable, Settings
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.tenancy import COMPONENT

SECRET = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A database in a folder that does not exist yet."""
    return Settings(database=f"sqlite:///{tmp_path}/later/app.sqlite3", secret=(SECRET,), hosts=("localhost",), data=tmp_path / "data")


def test_a_kernel_is_assembled_without_a_database(settings: Settings, tmp_path: Path) -> None:
    """Nothing is opened until the lifespan is entered; a session before that is refused."""
    kernel, _ = kernel_of(settings)
    with pytest.raises(Unavailable, match="not open"):
        kernel.storage.session()
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_comes_later_is_found_by_the_probe(settings: Settings, tmp_path: Path) -> None:
    """The process starts, is not ready, and recovers without a restart."""
    kernel, lifespan = kernel_of(settings)

    async def live() -> None:
        async with lifespan():
            with pytest.raises(Unavailable):
                await kernel.storage.check()
            (tmp_path / "later").mkdir()
            await asyncio.to_thread(migrate.bring_up, settings, io.StringIO())
            await kernel.storage.check()
            await kernel.storage.session().close()
        with pytest.raises(Unavailable):
            kernel.storage.session()

    asyncio.run(live())


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_the_database_tells_its_own_time(request: pytest.FixtureRequest, tmp_path: Path, server: str) -> None:
    """In UTC, and near this machine's, as it is the same one or kept in time."""
    url = f"sqlite:///{tmp_path}/app.sqlite3" if server == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(Settings(database=url, secret=(SECRET,)), (COMPONENT,))

    async def ask() -> datetime:
        async with database.lifespan():
            return await database.now()

    theirs = asyncio.run(ask())
    assert theirs.utcoffset() == timedelta(0)
    assert abs(theirs - datetime.now(UTC)) < timedelta(minutes=5)  # the real clocks are the subject


class Skewed(Database):
    """A database in order whose clock is wrong."""

    def __init__(self, settings: Settings, seconds: float) -> None:
        super().__init__(settings, (COMPONENT,))
        self._seconds = seconds

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Nothing to open."""
        yield

    async def check(self) -> None:
        """In order."""

    async def now(self) -> datetime:
        """Wrong by so many seconds."""
        return datetime.now(UTC) + timedelta(seconds=self._seconds)  # the real clock is what is compared with


@pytest.mark.parametrize(("seconds", "told"), [(-60, "60.0 s ahead of"), (60, "60.0 s behind")])
def test_the_doctor_tells_a_wrong_clock(settings: Settings, seconds: float, told: str) -> None:
    """Expiry is measured with both clocks, so a difference matters."""
    ok, clock = examination.of_database(Skewed(settings, seconds))
    assert ok.level == "ok"
    assert (clock.level, clock.subject) == ("warn", "clock")
    assert told in clock.text
    assert len(list(examination.of_database(Skewed(settings, 0)))) == 1


def prepared(settings: Settings) -> str:
    """What the preparation of ``serve`` prints."""
    out = io.StringIO()
    first_run.prepare(embedded.complete(settings, create=True), out)
    return out.getvalue()


def test_keys_are_printed_once_and_lost_ones_can_be_made_anew(tmp_path: Path) -> None:
    """The first start prints them, the second names the file, and without the file the commands are told."""
    settings = Settings(data=tmp_path / "data")
    first = prepared(settings)
    assert "kp_p_" in first
    assert "kp_t_" in first
    second = prepared(settings)
    assert "kp_" not in second
    assert str(tmp_path / "data" / "keys.txt") in second
    (tmp_path / "data" / "keys.txt").unlink()
    assert "kingpost key issue --platform" in prepared(settings)


def test_no_key_is_made_that_cannot_be_saved(tmp_path: Path) -> None:
    """Where the file cannot be written nothing is committed, and the next start makes the keys."""
    settings = Settings(data=tmp_path / "data")
    (tmp_path / "data" / "keys.txt").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="KINGPOST_DATA"):
        prepared(settings)
    (tmp_path / "data" / "keys.txt").rmdir()
    assert "kp_p_" in prepared(settings)


def test_a_prefix_is_part_of_what_is_printed(tmp_path: Path) -> None:
    """The printed call works under a prefix too."""
    assert "curl http://127.0.0.1:8000/api/tenant " in prepared(Settings(data=tmp_path / "data", prefix="/api"))


def test_without_tenancy_there_is_no_key_to_print(tmp_path: Path) -> None:
    """A deployment of other components starts too."""
    told = prepared(Settings(data=tmp_path / "data", components=()))
    assert "embedded defaults" in told
    assert "key" not in told


def test_the_policy_carries_every_setting_that_the_pipeline_obeys(settings: Settings) -> None:
    """Limits, origins, caches and switches arrive where they work."""
    given = Settings(
        hosts=("a.example",),
        secret=(SECRET,),
        cors_origins=("https://app.example",),
        cors_credentials=True,
        cors_max_age=5,
        body_limit=10,
        request_seconds=2.5,
        docs=False,
        metrics=False,
        access_log=False,
        accept_weakened_etags=True,
        cache_seconds=0,
    )
    policy = composition.policy_from(given)
    assert policy.cors is not None
    assert (policy.cors.origins, policy.cors.credentials, policy.cors.max_age) == (("https://app.example",), True, 5)
    assert (policy.limits.body, policy.limits.seconds) == (10, 2.5)
    assert (policy.docs, policy.metrics, policy.access_log, policy.accept_weakened_etags, policy.cache_seconds) == (
        False,
        False,
        False,
        True,
        0,
    )
    assert composition.policy_from(settings).cors is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"components": ("tenancy",), "host_accounts": AccountsTable(table="auth_user")}, "add identity to KINGPOST_COMPONENTS"),
        ({"components": ("tenancy", "identity")}, "KINGPOST_HOST_ACCOUNTS is missing"),
    ],
)
def test_people_of_a_host_need_a_component_and_its_table(facts: dict[str, Any], words: str) -> None:
    """Nobody is let in whose deactivation could not be seen."""
    settings = Settings(
        database="sqlite:///x.sqlite3",
        secret=("a-secret-of-more-than-32-characters-for-this",),
        hosts=("localhost",),
        people="host",
        **facts,
    )
    with pytest.raises(ConfigurationError, match=words):
        kernel_of(settings)


def test_the_doctor_looks_for_the_tables_of_the_host(tmp_path: Path) -> None:
    """Before somebody who is logged in meets an error: missing tables are a failure with its mend, those that are there are fine."""
    file = tmp_path / "host.sqlite3"
    file.touch()
    facts = {"components": ("tenancy", "identity"), "people": "host", "host_accounts": AccountsTable(table="auth_user")}
    settings = Settings(database=f"sqlite:///{file}", secret=(SECRET,), hosts=("localhost",), **facts)
    (missing,) = examination.of_host(settings, Database(settings, ()))
    assert (missing.level, missing.subject) == ("fail", "people")
    assert "auth_user" in missing.text
    assert "KINGPOST_HOST_ACCOUNTS" in missing.mend
    connection = sqlite3.connect(file)
    connection.executescript(
        "CREATE TABLE auth_user (id integer, is_active bool, password text); CREATE TABLE django_session (session_key text, expire_date datetime)"
    )
    connection.close()
    (found,) = examination.of_host(settings, Database(settings, ()))
    assert found.level == "ok"
    assert list(examination.of_host(Settings(), Database(Settings(), ()))) == []
