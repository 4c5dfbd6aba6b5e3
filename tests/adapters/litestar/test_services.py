"""Services of a host in Litestar, in the manner of svcs: a container for each request, closed behind it. It knows one host."""

from collections.abc import AsyncIterator, Iterator

import pytest
from litestar import Litestar, Request, get
from litestar.di import NamedDependency

from kingpost.adapters.litestar_app import HostCall, svcs_from
from kingpost.kernel.context import Context
from tests.adapters.litestar.hosted import Hosted


class Mailer:
    """A service of the host that is opened and closed."""

    def __init__(self) -> None:
        self.open = True


MADE: list[Mailer] = []


async def mailer() -> AsyncIterator[Mailer]:
    """A mailer for one request."""
    made = Mailer()
    MADE.append(made)
    yield made
    made.open = False


@get("/mailer")
async def use_mailer(request: Request, kingpost: NamedDependency[HostCall]) -> bool:
    """The handler and a use case of the host ask for the same service."""
    first = await svcs_from(request).aget(Mailer)

    async def use_case(context: Context) -> bool:
        return context.get(Mailer) is first and first.open

    return await kingpost.call(use_case)


@get("/broken")
async def break_down(request: Request) -> None:
    """The handler fails while its service is open."""
    await svcs_from(request).aget(Mailer)
    raise RuntimeError


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """A host that has registered a service of its own."""
    made = Hosted(lambda plugin: Litestar([use_mailer, break_down], plugins=[plugin], openapi_config=None, logging_config=None))
    made.kernel.services.register_factory(Mailer, mailer)
    MADE.clear()
    yield made
    made.close()


def test_a_request_has_one_container(hosted: Hosted) -> None:
    """Handler and use case get one instance, the next request gets another, and each is closed behind its request."""
    assert [hosted.ask("GET", "/mailer", key=hosted.key).body for _ in range(2)] == [b"true", b"true"]
    assert [made.open for made in MADE] == [False, False]


def test_a_failed_request_closes_its_services(hosted: Hosted) -> None:
    """What the handler raises closes the container all the same."""
    assert hosted.ask("GET", "/broken").status == 500
    assert [made.open for made in MADE] == [False]


def test_a_test_puts_a_fake_in_its_place(hosted: Hosted) -> None:
    """A later registration replaces the first, for every request from then on."""
    hosted.kernel.services.register_value(Mailer, Mailer())
    assert hosted.ask("GET", "/mailer", key=hosted.key).status == 200
    assert MADE == []


def test_a_services_ping_feeds_readiness(hosted: Hosted) -> None:
    """``/readyz`` is 503 while a service of the host does not answer."""

    async def ping(mailer: Mailer) -> None:
        raise ConnectionError("no relay")

    hosted.kernel.services.register_factory(Mailer, mailer, ping=ping)
    assert hosted.ask("GET", "/readyz").status == 503
    assert [made.open for made in MADE] == [False]
