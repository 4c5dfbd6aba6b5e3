"""The composition root: settings become ports, policy and a Kernel. It knows which adapter stands behind which port; it serves nothing."""

import os
from collections.abc import Iterable
from pathlib import Path

from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.policy import Cors, Limits, Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Log, System

from . import embedded, sources
from .log import LineLog, json_line, text_line
from .machine import SystemClock, SystemEntropy
from .metrics import PrometheusMetrics
from .settings import Settings


def settings_of_process() -> Settings:
    """The complete settings of this process, from its environment and folder; ``SettingsInvalid`` lists what is wrong."""
    return embedded.complete(sources.load(os.environ, directory=Path.cwd()), create=True)


def system_from(settings: Settings, *, log: Log | None = None) -> System:
    """The machine as the kernel sees it; ``log`` where a host has its own."""
    lines = LineLog(json_line if settings.log_format == "json" else text_line)
    return System(clock=SystemClock(), entropy=SystemEntropy(), log=log or lines, metrics=PrometheusMetrics())


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
    )


def kernel_from(settings: Settings, storage: Storage, components: Iterable[Component], *, log: Log | None = None) -> Kernel:
    """A kernel over this storage. Synchronous and without I/O; ``ConfigurationError`` where parts contradict each other."""
    return assemble(
        ports=Ports(storage=storage, system=system_from(settings, log=log)), components=components, policy=policy_from(settings)
    )


def records_of(components: Iterable[Component]) -> tuple[type[Record], ...]:
    """Everything that these components persist."""
    return tuple(record for component in components for record in component.records)
