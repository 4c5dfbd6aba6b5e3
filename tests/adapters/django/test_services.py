"""Services of a host in Django, in the manner of svcs: a container for each request, closed behind it. It knows one view."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.host import svcs_from
from kingpost.adapters.django_app.middleware import KingpostMiddleware
from kingpost.kernel.driving import KernelSuspended, drive
from kingpost.kernel.service import Readiness
from kingpost.kernel.store import PLATFORM


class Mailer:
    """A service of the host that is opened and closed."""

    def __init__(self) -> None:
        self.open = True


class Spooler(Mailer):
    """A service that is opened and closed under an event loop."""


MADE: list[Mailer] = []


def mailer() -> Iterator[Mailer]:
    """A mailer for one request."""
    made = Mailer()
    MADE.append(made)
    yield made
    made.open = False


async def spooler() -> AsyncIterator[Spooler]:
    """A spooler for one request."""
    made = Spooler()
    MADE.append(made)
    yield made
    await asyncio.sleep(0)
    made.open = False


@pytest.fixture(autouse=True)
def _registered(migrated: object) -> Iterator[None]:
    kernel().services.register_factory(Mailer, mailer)
    kernel().services.register_factory(Spooler, spooler)
    MADE.clear()
    yield
    for service in (Mailer, Spooler):
        kernel().services._services.pop(service)


def use_mailer(request: HttpRequest) -> HttpResponse:
    """The view and a use case get one instance."""
    first = svcs_from(request).get(Mailer)
    with request.kingpost.context(scope=PLATFORM) as context:
        return HttpResponse(status=200 if context.get(Mailer) is first and first.open else 500)


async def use_mailer_async(request: HttpRequest) -> HttpResponse:
    """An asynchronous view."""
    return HttpResponse(status=200 if svcs_from(request).get(Mailer).open else 500)


def break_down(request: HttpRequest) -> HttpResponse:
    """The view fails while its service is open."""
    svcs_from(request).get(Mailer)
    raise RuntimeError


def test_a_request_has_one_container() -> None:
    """View and use case get one instance, the next request gets another, and each is closed behind its request."""
    middleware = KingpostMiddleware(use_mailer)
    assert [middleware(RequestFactory().get("/")).status_code for _ in range(2)] == [200, 200]
    assert [made.open for made in MADE] == [False, False]


async def _one(middleware: KingpostMiddleware) -> int:
    response = await middleware(AsyncRequestFactory().get("/"))
    return int(response.status_code)


def test_an_asynchronous_view_has_one_too() -> None:
    """Under ASGI the container is closed when the coroutine has ended, not before."""
    assert asyncio.run(_one(KingpostMiddleware(use_mailer_async))) == 200
    assert [made.open for made in MADE] == [False]


def test_a_failed_request_closes_its_services() -> None:
    """What the view raises closes the container all the same."""
    with pytest.raises(RuntimeError):
        KingpostMiddleware(break_down)(RequestFactory().get("/"))
    assert [made.open for made in MADE] == [False]


async def _failing(request: HttpRequest) -> HttpResponse:
    await svcs_from(request).aget(Spooler)
    raise RuntimeError


async def use_spooler(request: HttpRequest) -> HttpResponse:
    """An asynchronous view with an asynchronous service."""
    return HttpResponse(status=200 if (await svcs_from(request).aget(Spooler)).open else 500)


def test_an_asynchronous_service_is_closed_under_the_loop() -> None:
    """What was opened by ``aget`` is awaited in the end, also when the view fails."""
    assert asyncio.run(_one(KingpostMiddleware(use_spooler))) == 200
    with pytest.raises(RuntimeError):
        asyncio.run(_one(KingpostMiddleware(_failing)))
    assert [made.open for made in MADE] == [False, False]


def test_two_requests_in_parallel_have_two() -> None:
    """Both are in their view at the same time, and neither sees the other's instance nor closes it."""
    meeting = threading.Barrier(2, timeout=30)

    def meet(request: HttpRequest) -> HttpResponse:
        own = svcs_from(request).get(Mailer)
        meeting.wait()
        again = svcs_from(request).get(Mailer)
        return HttpResponse(status=200 if again is own and own.open else 500)

    middleware, seen = KingpostMiddleware(meet), list[int]()
    threads = [threading.Thread(target=lambda: seen.append(middleware(RequestFactory().get("/")).status_code)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200, 200]
    assert len({id(made) for made in MADE}) == 2
    assert [made.open for made in MADE] == [False, False]


class TestStreams:
    """What a view streams is made after the view has returned."""

    @staticmethod
    def lines(request: HttpRequest) -> StreamingHttpResponse:
        """Each line is made while it is sent."""
        return StreamingHttpResponse(str(svcs_from(request).get(Mailer).open) for _ in range(2))

    def test_a_stream_may_use_the_services_to_its_end(self) -> None:
        """They are closed with the response, as the server closes it."""
        response = KingpostMiddleware(self.lines)(RequestFactory().get("/"))
        assert list(response.streaming_content) == [b"True", b"True"]
        assert [made.open for made in MADE] == [True]
        response.close()
        assert [made.open for made in MADE] == [False]

    def test_a_stream_that_nobody_reads_is_closed_too(self) -> None:
        """The client has gone: the server closes the response."""
        response = KingpostMiddleware(self.lines)(RequestFactory().get("/"))
        next(iter(response.streaming_content))
        response.close()
        assert [made.open for made in MADE] == [False]

    def test_an_asynchronous_stream_may_use_asynchronous_services(self) -> None:
        """They are awaited behind its last part."""

        async def view(request: HttpRequest) -> StreamingHttpResponse:
            async def lines() -> AsyncIterator[str]:
                for _ in range(2):
                    yield str((await svcs_from(request).aget(Spooler)).open)

            return StreamingHttpResponse(lines())

        async def read() -> list[bytes]:
            response: Any = await KingpostMiddleware(view)(AsyncRequestFactory().get("/"))
            return [part async for part in response]

        assert asyncio.run(read()) == [b"True", b"True"]
        assert [made.open for made in MADE] == [False]

    def test_a_file_stays_a_file(self, tmp_path: Any) -> None:
        """A server may send it by itself, as without Kingpost."""
        (tmp_path / "invoice.pdf").write_bytes(b"%PDF")
        response = KingpostMiddleware(lambda _: FileResponse((tmp_path / "invoice.pdf").open("rb")))(RequestFactory().get("/"))
        assert response.file_to_stream is not None
        response.close()


def test_a_ping_feeds_readiness() -> None:
    """A service that does not answer its ping makes the process not ready; one whose ping waits for a loop is named as the mistake that it is."""
    answers: list[Exception | None] = [RuntimeError("the relay does not answer"), None]

    def ping(_: Mailer) -> None:
        if answers and (error := answers.pop(0)) is not None:
            raise error

    async def waiting(_: Mailer) -> None:
        await asyncio.sleep(0)

    kernel().services.register_factory(Mailer, mailer, ping=ping)
    readiness = [drive(Readiness(kernel())._ask()).status for _ in range(2)]
    kernel().services.register_factory(Mailer, mailer, ping=waiting)
    assert readiness == [503, 200]
    with pytest.raises(KernelSuspended, match="must not wait for an event loop"):
        drive(Readiness(kernel())._ask())


def test_a_test_registers_a_fake_in_its_place() -> None:
    """The last registration counts, from the next request on."""
    kernel().services.register_value(Mailer, fake := Mailer(), enter=False)

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200 if svcs_from(request).get(Mailer) is fake else 500)

    assert KingpostMiddleware(view)(RequestFactory().get("/")).status_code == 200


def test_without_the_middleware_it_says_what_to_do() -> None:
    """Not that an attribute is missing."""
    with pytest.raises(ImproperlyConfigured, match="KingpostMiddleware"):
        svcs_from(RequestFactory().get("/"))
