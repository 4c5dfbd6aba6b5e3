"""Django as a target, in a process of its own: settings of Django are one per process. It knows the standalone site and a pipe."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from kingpost.conformance.target import BackDoor, Exchange, Reply
from kingpost.kernel.records import Record

SITES = {"django-wsgi": "settings", "django-wsgi-decoded": "settings", "django-asgi": "asgi_settings"}
"""``decoded`` is a server that tells no RAW_URI."""
CAPABILITIES = {
    "django-wsgi": frozenset({"raw-path", "chunked", "back-door"}),
    "django-wsgi-decoded": frozenset({"chunked", "back-door"}),
    "django-asgi": frozenset({"raw-path", "duplicate-headers", "chunked", "websocket", "back-door"}),
}


class DjangoTarget:
    """The standalone site on a database, over WSGI or ASGI; one child process does what is asked through a pipe."""

    capabilities: frozenset[str] = CAPABILITIES["django-wsgi"]

    def __init__(self, name: str, url: str) -> None:
        """``name`` is ``django-wsgi`` or ``django-asgi``; the database behind the URL is empty."""
        self.name = name
        self.capabilities = CAPABILITIES[name]
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, name, url), daemon=True)
        self._process.start()
        theirs.close()
        self.door: BackDoor = self
        self._ask("ready")

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole site."""
        reply: Reply = self._ask("send", exchange)
        return reply

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        return str(self._ask("reset", seed, now))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ask("advance", seconds)

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Spring a trapdoor."""
        self._ask("fail_next", port_call, error)

    def rows(self, record: type[Record]) -> tuple[dict[str, object], ...]:
        """Every row in the order of its key."""
        found: tuple[dict[str, object], ...] = self._ask("rows", record)
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join(30)
        self._pipe.close()

    def _ask(self, what: str, *values: object) -> Any:
        self._pipe.send((what, values))
        error, answer = self._pipe.recv()
        if error is not None:
            raise AssertionError(f"{self.name}: {what} failed in the child: {error}")
        return answer


def serve(pipe: Connection, name: str, url: str) -> None:
    """The child: set Django up, then do what comes through the pipe until it is closed."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE=f"kingpost.adapters.django_app.site.{SITES[name]}",
        KINGPOST_DATABASE=url,
        KINGPOST_SECRET="conformance-secret-of-more-than-32-characters",
        KINGPOST_HOSTS="testserver",
        KINGPOST_COMPONENTS="tenancy,examples.storefront",
    )
    actions = _asgi_site() if name == "django-asgi" else _wsgi_site(raw_uri=name == "django-wsgi")
    while (asked := pipe.recv()) is not None:
        try:
            pipe.send((None, actions[asked[0]](*asked[1])))
        except BaseException as error:  # noqa: BLE001  (told to the parent, which raises it)
            pipe.send((f"{type(error).__name__}: {error}", None))
    actions["stop"]()


Actions = dict[str, Callable[..., Any]]


def _site() -> Any:
    """The site with its tables, on a machine that stands still."""
    import django
    from django.apps import apps
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from kingpost.adapters.django_app.apps import KingpostApp
    from kingpost.adapters.django_app.composition import storage_from
    from kingpost.adapters.django_app.configuration import settings_of_project
    from kingpost.conformance.bench import Bench, Machine, Trapped
    from kingpost.kernel.driving import drive
    from tests.conformance.targets import COMPONENTS, kernel_on

    machine = Machine()
    trap = Trapped(storage_from(settings_of_project(), COMPONENTS, machine.system))
    kernel = kernel_on(machine, trap)
    apps.get_app_config(KingpostApp.label).kernel = kernel
    return Bench(kernel, machine, trap, drive)


def _common(bench: Any) -> Actions:
    return {
        "ready": lambda: None,
        "stop": lambda: None,
        "reset": lambda seed, now: bench.reset(seed=seed, now=now),
        "advance": bench.advance,
        "fail_next": bench.fail_next,
        "rows": bench.rows,
    }


def _wsgi_site(*, raw_uri: bool) -> Actions:
    bench = _site()
    from kingpost.adapters.django_app.wsgi import application
    from kingpost.conformance.transports import WsgiTransport

    return {**_common(bench), "send": WsgiTransport(application, raw_uri=raw_uri).send}


def _asgi_site() -> Actions:
    bench = _site()
    from kingpost.adapters.django_app.asgi import application
    from kingpost.conformance.transports import AsgiTransport

    transport, runner = AsgiTransport(application), asyncio.Runner()
    runner.run(transport.start())
    site = {"send": lambda exchange: runner.run(transport.send(exchange)), "stop": lambda: runner.run(transport.stop())}
    return {**_common(bench), **site}
