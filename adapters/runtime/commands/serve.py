"""``serve``: answer requests. It knows the order of starting: flags, settings, schema, first keys, server; a deployment does the serving."""

import errno
import os
import shutil
import socket
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO

from msgspec import structs

from kingpost.adapters.runtime import discovery, embedded, sources
from kingpost.adapters.runtime.deployment import Deployment
from kingpost.adapters.runtime.settings import Bind, ServerName, Settings
from kingpost.kernel.errors import ConfigurationError

HELP = "serve the API with Litestar, or with Django"
_FLAGS = ("bind", "server", "workers")
_SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--django", action="store_true", help="serve with Django instead of Litestar")
    parser.add_argument("--bind", metavar="HOST:PORT", help="where to listen (KINGPOST_BIND; default 127.0.0.1:8000)")
    parser.add_argument("--server", metavar="NAME", help="granian, uvicorn or gunicorn (KINGPOST_SERVER)")
    parser.add_argument("--workers", metavar="N", help="number of processes (KINGPOST_WORKERS; default 1)")


def run(arguments: Namespace, settings: Settings, out: TextIO) -> int:
    """Prepare and serve until told to stop."""
    flags = {name: getattr(arguments, name) for name in _FLAGS if getattr(arguments, name) is not None}
    settings = _with_flags(settings, flags)
    name = "django" if arguments.django else "litestar"
    deployment = discovery.deployment(name)
    server = _server(settings, name, deployment)
    _check_installed(name, server)
    settings = embedded.complete(settings, create=True)
    _check_address(settings.bind)
    _tell_processes(flags)
    with _metrics_folder(settings.workers):
        from kingpost.adapters.runtime import first_run

        first_run.prepare(settings, out)
        return deployment.run(settings=settings, bind=settings.bind, server=server, workers=settings.workers)


def _with_flags(settings: Settings, flags: Mapping[str, object]) -> Settings:
    """The settings under the flags, which are read like settings."""
    given = sources.from_mapping({name.upper(): value for name, value in flags.items()}, spell=lambda name: f"--{name.lower()}")
    return structs.replace(settings, **{name: getattr(given, name) for name in flags})


def _tell_processes(flags: Mapping[str, object]) -> None:
    """Processes of the server read the environment, so the flags go there."""
    for name, value in flags.items():
        os.environ[f"KINGPOST_{name.upper()}"] = str(value)
        os.environ.pop(f"KINGPOST_{name.upper()}_FILE", None)


def _server(settings: Settings, name: str, deployment: Deployment) -> ServerName:
    server = settings.server or deployment.servers[0]
    if server not in deployment.servers:
        raise ConfigurationError(
            f"the server {server} cannot run the {name} deployment; set KINGPOST_SERVER to one of: {', '.join(deployment.servers)}"
        )
    return server


def _check_installed(name: str, server: str) -> None:
    """Say what is missing before keys are made or processes started."""
    if find_spec(name) is None:
        raise ConfigurationError(f"{name} is not installed; run: pip install 'kingpost[{name}]'")
    if find_spec(server) is None:
        raise ConfigurationError(f"the server {server} is not installed; run: pip install {server}, or choose another KINGPOST_SERVER")


def _check_address(bind: Bind) -> None:
    """Say what is wrong with the address before a server says it in its own way."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(bind.host, bind.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(_address_problem(bind, error)) from None


def _address_problem(bind: Bind, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{bind.authority} is taken by another process; stop it, or choose another port: --bind {Bind(bind.host, bind.port + 1).authority}"
    if error.errno == errno.EACCES:
        return f"{bind.authority} needs rights that this user does not have; choose a port above 1023: --bind"
    return f"{bind.authority} is not an address of this machine ({error.strerror}); choose another: --bind HOST:PORT"


@contextmanager
def _metrics_folder(workers: int) -> Iterator[None]:
    """Where several processes count together, for as long as they run."""
    if workers == 1 or os.environ.get(_SHARED_METRICS):
        yield
        return
    folder = tempfile.mkdtemp(prefix="kingpost-metrics-")
    os.environ[_SHARED_METRICS] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
