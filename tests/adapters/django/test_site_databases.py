"""The standalone site's DATABASES entry. It knows URLs and what Django is told of them; it opens no database."""

import pytest

from kingpost.adapters.django_app.site.databases import database
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.errors import ConfigurationError

URL = "postgresql://kay:p%40ss@db.example:6432/shop%2Fone?sslmode=require"


@pytest.mark.parametrize("lasting", [True, False])
def test_a_thread_waits_seconds_for_postgresql_and_no_longer(*, lasting: bool) -> None:
    """The few threads of a site would else be kept from all other requests, probes among them, while the database is away."""
    options = database(Settings(database=URL), lasting=lasting)["OPTIONS"]
    assert options["connect_timeout"] == 5
    assert options.get("pool", {"timeout": 5})["timeout"] == 5


@pytest.mark.parametrize("lasting", [True, False])
def test_connections_are_looked_at_before_each_request(*, lasting: bool) -> None:
    """After a restart of the server nobody gets a connection that is gone."""
    assert database(Settings(database=URL), lasting=lasting)["CONN_HEALTH_CHECKS"] is True


def test_lasting_threads_keep_connections_of_their_own() -> None:
    """A pool serves threads that come and go; Django refuses one beside connections that last."""
    entry = database(Settings(database=URL), lasting=True)
    assert "pool" not in entry["OPTIONS"]
    assert entry["CONN_MAX_AGE"] == 60


def test_each_part_of_the_url_arrives_decoded() -> None:
    """Escaped characters are what they stand for, and the query becomes options that win over the site's."""
    entry = database(Settings(database=f"{URL}&connect_timeout=2"), lasting=True)
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "kay",
        "p@ss",
        "db.example",
        "6432",
        "shop/one",
    )
    assert entry["OPTIONS"] == {"sslmode": "require", "connect_timeout": "2"}


def test_sqlite_in_memory_is_refused() -> None:
    """Each thread would have an empty database of its own."""
    with pytest.raises(ConfigurationError, match="name a file"):
        database(Settings(database="sqlite://"), lasting=True)
