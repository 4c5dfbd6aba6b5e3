"""The composition root: settings become ports, policy and a Kernel. It knows which adapter stands behind which port; it serves nothing."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from kingpost.adapters.outbound import threaded
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.context import HostAccounts
from kingpost.kernel.csrf import Csrf
from kingpost.kernel.outbound import Http
from kingpost.kernel.policy import Cors, Limits, Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Log, System

from . import embedded, sources
from .log import LineLog, json_line, text_line
from .machine import LoopSleeper, SystemClock, SystemEntropy, ThreadSleeper
from .metrics import PrometheusMetrics
from .settings import Settings


def settings_of_process() -> Settings:
    """The complete settings of this process, from its environment and folder; ``SettingsInvalid`` lists what is wrong."""
    return embedded.complete(sources.load(os.environ, directory=Path.cwd()), create=True)


def system_from(settings: Settings, *, log: Log | None = None, http: Http | None = None) -> System:
    """The machine as a host with threads sees it, or one with an event loop, where ``http`` is that loop's client; ``log`` where it has its own."""
    lines = LineLog(json_line if settings.log_format == "json" else text_line)
    return System(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        log=log or lines,
        metrics=PrometheusMetrics(),
        sleeper=LoopSleeper() if http else ThreadSleeper(),
        http=http or threaded(settings.http_allow),
        mutex=threading.Lock,
    )


def policy_from(settings: Settings) -> Policy:
    """How the kernel answers under these settings."""
    cors = (
        Cors(origins=settings.cors_origins, credentials=settings.cors_credentials, max_age=settings.cors_max_age)
        if settings.cors_origins
        else None
    )
    return Policy(
        hosts=settings.hosts,
        secrets=settings.secret,
        cors=cors,
        limits=Limits(body=settings.body_limit, seconds=settings.request_seconds),
        docs=settings.docs,
        metrics=settings.metrics,
        accept_weakened_etags=settings.accept_weakened_etags,
        cache_seconds=settings.cache_seconds,
        access_log=settings.access_log,
        people=settings.people,
        session_cookie=settings.session_cookie,
        mirror_seconds=settings.mirror_seconds,
        csrf=Csrf(cookie=settings.csrf_cookie, header=settings.csrf_header, trusted_origins=_trusted(settings)),
    )


def _trusted(settings: Settings) -> tuple[str, ...]:
    """With those that CORS lets act with credentials: their pages may do what the token is to prove anyway."""
    return (*settings.trusted_origins, *(settings.cors_origins if settings.cors_credentials else ()))


def kernel_from(
    settings: Settings,
    storage: Storage,
    components: Iterable[Component],
    *,
    log: Log | None = None,
    http: Http | None = None,
    accounts: HostAccounts | None = None,
) -> Kernel:
    """A kernel over this storage; ``log`` and ``http`` as for ``system_from``. Synchronous and without I/O; ``ConfigurationError`` where parts contradict each other."""
    ports = Ports(storage=storage, system=system_from(settings, log=log, http=http), accounts=accounts)
    return assemble(ports=ports, components=components, policy=policy_from(settings))


def records_of(components: Iterable[Component]) -> tuple[type[Record], ...]:
    """Everything that these components persist."""
    return tuple(record for component in components for record in component.records)
