"""The plugin that a Litestar application takes Kingpost in with. It knows the application's configuration and one kernel."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.plugins import CLIPlugin, InitPlugin
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils import normalize_path

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError

from .edges import Edge
from .host import CONTEXT, STATE, HostCall, close_call, provide_call, provide_context
from .mount import exception_handlers, route_handlers

if TYPE_CHECKING:
    from click import Group

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class KingpostPlugin(InitPlugin, CLIPlugin):
    """``Litestar(plugins=[KingpostPlugin(kernel, prefix="/kingpost")])``.

    Every operation becomes a named route (``app.route_reverse("tenancy.tenants.read", tenant_id=...)``). What lies outside the prefix stays
    the host's; its handlers may take the parameters ``kingpost: NamedDependency[HostCall]`` and ``kingpost_context: NamedDependency[Context]``, and the guard ``requires("permission")``.
    ``lifespan`` is entered when the application starts and left when it stops: it opens and closes what the kernel's ports need.
    """

    def __init__(
        self, kernel: Kernel, *, prefix: str = "", lifespan: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    ) -> None:
        """``ConfigurationError`` when the prefix is not empty and not like ``/kingpost``."""
        if not _PREFIX.fullmatch(prefix):
            raise ConfigurationError(
                f"the prefix {prefix!r} must be empty or segments of A-Z a-z 0-9 . _ ~ - such as /kingpost, without a slash at the end"
            )
        self.kernel = kernel
        self.prefix = prefix
        self.edge = Edge(kernel, prefix)
        self._lifespan = lifespan

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the routes, the answers to what is not routed, the lifespan, and what the host's handlers may ask for."""
        app_config.route_handlers.extend(route_handlers(self.edge, self.kernel.registry, self.prefix))
        app_config.exception_handlers = exception_handlers(self.edge, app_config.exception_handlers)
        app_config.lifespan.append(self._alive)
        app_config.dependencies.setdefault(STATE, Provide(provide_call))
        app_config.dependencies.setdefault(CONTEXT, Provide(provide_context))
        app_config.signature_namespace.setdefault("HostCall", HostCall)
        app_config.signature_namespace.setdefault("Context", Context)
        app_config.state[STATE] = self.kernel
        return app_config

    def on_cli_init(self, cli: "Group") -> None:
        """Add ``litestar kingpost``: tenants and keys without the credentials of a platform operator."""
        from .commands import group

        cli.add_command(group(self.kernel, self._lifespan))

    @asynccontextmanager
    async def _alive(self, app: Litestar) -> AsyncIterator[None]:
        """Open the ports; before they are closed again, wait for the writes that have outlived their clients."""
        async with self._lifespan():
            routed, app.asgi_handler = app.asgi_handler, self._around(app)
            try:
                yield
            finally:
                app.asgi_handler = routed
                await self.edge.drain()

    def _around(self, app: Litestar) -> ASGIApp:
        """What stands around the router: it ends a request's call, and answers a WebSocket handshake, for which Litestar has no route
        that could send a problem document.
        """
        inner, edge = app.asgi_handler, self.edge

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.WEBSOCKET and edge.covers(scope) and not _is_routed(app, scope):
                await edge.refuse_upgrade(scope, receive, send)
                return
            try:
                await inner(scope, receive, send)
            finally:
                await close_call(scope)

        return answer


def _is_routed(app: Litestar, scope: Scope) -> bool:
    """Whether the host has a WebSocket route of its own there."""
    try:
        app.asgi_router.handle_routing(path=normalize_path(scope["path"]), method=None)
    except HTTPException:
        return False
    return True
