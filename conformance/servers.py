"""Targets that are the real command line behind a real server: ``litestar@uvicorn``, ``django@gunicorn``. It knows processes and settings, no framework.

Each has a folder, a port and a database of its own; where the backend is memory, which processes do not share, its rows are in a SQLite file of that folder.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from msgspec import Struct

from kingpost.kernel.component import Component
from kingpost.kernel.policy import Policy

from .backend import HOST, Setup
from .leash import GRACE_SECONDS
from .target import Capability, Exchange, ProtocolError, TargetFactory, Unreachable
from .transports.url import UrlTarget

START_SECONDS: Final = 60.0
"""How long a server may take until it is ready, on a busy machine."""
_LOOPBACK: Final = "127.0.0.1"
_LEASH: Final = str(Path(__file__).with_name("leash.py"))


class Served(Struct, frozen=True):
    """A deployment under a server: the flags of ``kingpost serve``, and what it lacks."""

    flags: tuple[str, ...]
    lacks: frozenset[Capability] = frozenset()


_JOINING: Final = frozenset({Capability.DUPLICATE_HEADERS})
SERVERS: Final[Mapping[str, Served]] = {
    "litestar@uvicorn": Served(("--server", "uvicorn")),
    "litestar@granian": Served(("--server", "granian")),
    "django@uvicorn": Served(("--django", "--server", "uvicorn")),
    "django@gunicorn": Served(("--django", "--server", "gunicorn"), _JOINING),
    "django@granian": Served(("--django", "--server", "granian"), _JOINING | {Capability.RAW_PATH}),
}


def server(name: str) -> TargetFactory:
    """What makes the target ``<deployment>@<server>``; ``Unreachable`` where there is none of this name."""
    if name not in SERVERS:
        near = get_close_matches(name, SERVERS, n=1)
        raise Unreachable(f"there is no target {name}; {f'do you mean {near[0]}' if near else 'there are ' + ', '.join(SERVERS)}?")
    return lambda setup: ServerTarget(name, setup)


class ServerTarget(UrlTarget):
    """A server that the kit has started and ends."""

    def __init__(self, name: str, setup: Setup, *, key: str = "", timeout: float = 10.0) -> None:
        """``key`` is the platform credential of a database that another server has begun; without it the database is empty.

        ``Unreachable`` with the last word of the server where it does not start.
        """
        served = SERVERS[name]
        self._scratch = tempfile.TemporaryDirectory(prefix="kingpost-kit-", ignore_cleanup_errors=True)
        self.folder = Path(self._scratch.name)
        port = _free_port()
        environment = _environment(setup, self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.key = key or _begun(name, environment, self.folder)
            self.url = f"http://{_LOOPBACK}:{port}"
            super().__init__(self.url, key=self.key, lacks=served.lacks, name=name, host=HOST, timeout=timeout)
            self._process = _started(environment, self.folder, ("serve", "--bind", f"{_LOOPBACK}:{port}", *served.flags))
            self._wait_until_ready(self._process)
            self.check()
        except BaseException:
            self.close()
            raise

    @property
    def log(self) -> str:
        """Everything that the server has printed so far."""
        return (self.folder / "server.log").read_text("utf-8", "replace")

    def close(self) -> None:
        """Let go of the leash, so that the whole group ends, gently and then not; and remove the folder."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            super().close()
            process.stdin.close()
            process.wait(timeout=2 * GRACE_SECONDS)
        self._scratch.cleanup()

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if process.poll() is not None:
                raise Unreachable(f"{self.name} did not start: {_last_word(self.log)}")
            if self._ready():
                return
            time.sleep(0.05)
        raise Unreachable(f"{self.name} was not ready within {START_SECONDS:g} seconds: {_last_word(self.log)}")

    def _ready(self) -> bool:
        try:
            return self.send(Exchange(target=b"/readyz", headers=((b"host", HOST.encode()),))).status == 200
        except (ProtocolError, Unreachable):
            return False


def _environment(setup: Setup, folder: Path) -> dict[str, str]:
    """The environment of the command: nothing of the user's settings, and his import path, so that his components are found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KINGPOST_") and name != "DJANGO_SETTINGS_MODULE"}
    database = f"sqlite:///{folder / 'kingpost.sqlite3'}" if setup.url == "memory:" else setup.url
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(str(Path(path).absolute()) for path in (*sys.path, "."))),
        "PYTHONUNBUFFERED": "1",
        "KINGPOST_DATABASE": database,
        "KINGPOST_COMPONENTS": ",".join(map(_spelled, setup.components)),
        **_policy(setup.policy),
    }


def _spelled(component: Component) -> str:
    """A component of Kingpost by its name, any other by its package."""
    return component.name if component.package == f"kingpost.kernel.{component.name}" else component.package


def _policy(policy: Policy) -> dict[str, str]:
    """The settings that make this policy."""
    settings = {
        "HOSTS": ",".join(policy.hosts),
        "SECRET": ",".join(policy.secrets),
        "BODY_LIMIT": str(policy.limits.body),
        "REQUEST_SECONDS": str(policy.limits.seconds),
        "CACHE_SECONDS": str(policy.cache_seconds),
        "DOCS": str(policy.docs).lower(),
        "METRICS": str(policy.metrics).lower(),
        "ACCESS_LOG": str(policy.access_log).lower(),
        "ACCEPT_WEAKENED_ETAGS": str(policy.accept_weakened_etags).lower(),
    }
    if policy.cors is not None:
        settings |= {
            "CORS_ORIGINS": ",".join(policy.cors.origins),
            "CORS_CREDENTIALS": str(policy.cors.credentials).lower(),
            "CORS_MAX_AGE": str(policy.cors.max_age),
        }
    return {f"KINGPOST_{name}": value for name, value in settings.items()}


def _begun(name: str, environment: dict[str, str], folder: Path) -> str:
    """The platform credential of a database that gets its tables now."""
    _command(name, environment, folder, "migrate")
    return _command(name, environment, folder, "bootstrap").split()[-1]


def _command(name: str, environment: dict[str, str], folder: Path, *arguments: str) -> str:
    """What a command that must succeed prints."""
    with subprocess.Popen(  # noqa: S603  (the kit's own command line)
        (sys.executable, "-m", "kingpost", *arguments),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Unreachable(f"{name} did not start: kingpost {arguments[0]} took more than {START_SECONDS:g} seconds") from None
    if process.returncode:
        raise Unreachable(f"{name} did not start: {_last_word(err)}")
    return out


def _started(environment: dict[str, str], folder: Path, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  (the kit's own command line)
            (sys.executable, "-P", _LEASH, sys.executable, "-m", "kingpost", *arguments),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _last_word(printed: str) -> str:
    """The line that says what is wrong: the command's own, else the last."""
    lines = [line for line in printed.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("kingpost: ")] or lines or ["it said nothing"]
    return re.sub(r"^kingpost: ", "", told[-1]).strip()


def _free_port() -> int:
    with socket.create_server((_LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])
