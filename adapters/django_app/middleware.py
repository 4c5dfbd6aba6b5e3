"""The middleware for a host's own views: ``request.kingpost``, and problem documents for the kernel's errors; it has sessions mirrored where the project wants that."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.host import HostCall
from kingpost.kernel.errors import KernelError


class KingpostMiddleware:
    """``MIDDLEWARE = ["kingpost.adapters.django_app.middleware.KingpostMiddleware", ...]``, anywhere in the list.

    Where sessions are mirrored it stands before SessionMiddleware, which saves them after everything behind it: only then is their key final.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._due: Callable[[HttpRequest], Callable[[], None] | None] = _never
        if configuration.mirrors_sessions():
            from kingpost.adapters.django_app.mirroring import MIRROR

            self._due = MIRROR.due
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Hang the call on the request, and end it with the response, which under ASGI is a coroutine."""
        call = request.kingpost = HostCall(kernel, request)
        if iscoroutinefunction(self):
            return self._awaited(call, request)
        try:
            response = self._get_response(request)
            if (write := self._due(request)) is not None:
                write()
        except BaseException:
            call.close()
            raise
        if response.streaming:
            return _closing(response, call)
        call.close()
        return response

    async def _awaited(self, call: HostCall, request: HttpRequest) -> Any:
        try:
            response = await self._get_response(request)
            if (write := self._due(request)) is not None:
                await sync_to_async(write)()
        except BaseException:
            await call.aclose()
            raise
        if response.streaming:
            return _closing(response, call)
        await call.aclose()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What a view raises of the kernel's errors becomes the answer that the API would give."""
        return request.kingpost.problem(exception) if isinstance(exception, KernelError) else None


def _never(_: HttpRequest) -> Callable[[], None] | None:
    """Nothing is mirrored."""
    return None


def _closing(response: StreamingHttpResponse, call: HostCall) -> StreamingHttpResponse:
    """What streams may still use the call: it ends with the stream, or where the server closes a response that nobody has read to its end."""
    if response.is_async:
        response.streaming_content = _to_its_end(response.streaming_content, call)
    response._resource_closers.append(call.close)  # noqa: SLF001  (how Django ends a file that is being sent; it has no public word)
    return response


async def _to_its_end(stream: AsyncIterator[bytes], call: HostCall) -> AsyncIterator[bytes]:
    """The stream; behind it the call is closed where its asynchronous services can be."""
    try:
        async for part in stream:
            yield part
    finally:
        await call.aclose()
