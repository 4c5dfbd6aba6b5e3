"""Calls to other services over httpcore, guarded: the door. It loads httpcore when the first call is made, so that nobody needs it who calls nobody."""

import threading
from collections.abc import Callable, Iterable
from importlib import import_module

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import Headers, Http, HttpReply, HttpRequest

from .guard import Guard, allowance


class GuardedHttp:
    """The port Http of a deployment. Made once per process; the client behind it is made in the process, and the loop, that first calls."""

    def __init__(self, client: str, allow: Iterable[str]) -> None:
        """``client`` is ``module:Class`` within this package; ``allow`` what is permitted beyond https on port 443, as ``allowance`` reads it."""
        self._named = client
        self._guard = Guard(allow)
        self._making = threading.Lock()
        self._client: Http | None = None

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:
        """As the port says; ``ConfigurationError`` where the extra ``http`` is not installed."""
        client = self._client or self._made()
        return await client.send(request=request, seconds=seconds, stamp=stamp)

    async def close(self) -> None:
        """Close every connection; the next call opens others."""
        client, self._client = self._client, None
        close = getattr(client, "close", None)
        if close is not None:
            await close()

    def _made(self) -> Http:
        with self._making:
            self._client = self._client or self._loaded()(self._guard)
            return self._client

    def _loaded(self) -> Callable[[Guard], Http]:
        module, _, name = self._named.partition(":")
        try:
            client: Callable[[Guard], Http] = getattr(import_module(f"{__name__}.{module}"), name)
        except ModuleNotFoundError as error:
            message = f"a call to another service needs the module {error.name!r}, which is not installed: pip install 'kingpost[http]'"
            raise ConfigurationError(message) from error
        return client


def looped(allow: Iterable[str] = ()) -> GuardedHttp:
    """For a host with an event loop (asyncio)."""
    return GuardedHttp("loop_client:LoopClient", allow)


def threaded(allow: Iterable[str] = ()) -> GuardedHttp:
    """For a host with threads: it never suspends, so that ``drive`` can finish it."""
    return GuardedHttp("thread_client:ThreadClient", allow)


__all__ = ("Guard", "GuardedHttp", "allowance", "looped", "threaded")
