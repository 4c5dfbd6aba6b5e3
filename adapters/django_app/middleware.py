"""The middleware for a host's own views: ``request.kingpost``, and problem documents for the kernel's errors. It reads and writes nothing itself."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.host import HostCall
from kingpost.kernel.errors import KernelError


class KingpostMiddleware:
    """``MIDDLEWARE = [..., "kingpost.adapters.django_app.middleware.KingpostMiddleware"]``, anywhere in the list."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Hang the call on the request, and end it with the response, which under ASGI is a coroutine."""
        call = request.kingpost = HostCall(kernel, request)
        if iscoroutinefunction(self):
            return self._awaited(call, request)
        try:
            return self._get_response(request)
        finally:
            call.close()

    async def _awaited(self, call: HostCall, request: HttpRequest) -> Any:
        try:
            return await self._get_response(request)
        finally:
            call.close()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What a view raises of the kernel's errors becomes the answer that the API would give."""
        return request.kingpost.problem(exception) if isinstance(exception, KernelError) else None
