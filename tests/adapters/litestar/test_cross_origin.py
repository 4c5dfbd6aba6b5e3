"""CORS through Litestar: the kernel's word, and none of the framework's. It knows the adapter; what is told stands with the kit's tests."""

from collections.abc import Iterator

import pytest
from litestar import Litestar

from kingpost.conformance.backend import HOST, SECRET
from kingpost.conformance.target import Exchange
from kingpost.kernel.policy import Cors, Policy
from tests.adapters.litestar.hosted import Hosted
from tests.conformance.cross_origin import ORIGIN, TOLD, Told, told_by

POLICY = Policy(hosts=(HOST,), secrets=(SECRET,), cors=Cors(origins=(ORIGIN,)))


@pytest.fixture(scope="module")
def shared() -> Iterator[Hosted]:
    """A deployment that one origin may call."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None), policy=POLICY)
    yield made
    made.close()


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told.name)
def test_a_browser_is_told_what_the_configuration_says(shared: Hosted, told: Told) -> None:
    """Exactly the headers of the table, on success and on every refusal, and ``Vary`` names the origin."""
    reply = shared.send(Exchange(method=told.method, target=told.path.encode(), headers=told.headers))
    assert (reply.status, told_by(reply)) == (told.status, told.told)
    assert "Origin" in (reply.one("vary") or "")
