"""The deployments behind their real servers, as targets: raw bytes are answered alike, nothing is left running, and what does not start says why.

Processes and time are real.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kingpost.conformance import cases, specimen
from kingpost.conformance.backend import HOST, Setup
from kingpost.conformance.cases import bytes as raw
from kingpost.conformance.check import Arena, Kit
from kingpost.conformance.expected import written_for
from kingpost.conformance.parity.cases import compare
from kingpost.conformance.servers import SERVERS, ServerTarget, server
from kingpost.conformance.target import Capability, Exchange, Unreachable
from kingpost.kernel import tenancy
from kingpost.kernel.component import Component

COMPONENTS = (tenancy.COMPONENT, specimen.COMPONENT)
SETUP, KIT = Setup(components=COMPONENTS), Kit(components=COMPONENTS)
PATIENCE = 30.0
LIVEZ = Exchange(target=b"/livez", headers=((b"host", HOST.encode()),))

pytestmark = pytest.mark.slow


class Started:
    """The servers that the tests of this module have asked for, each started once."""

    def __init__(self) -> None:
        self._targets: dict[str, ServerTarget] = {}

    def __call__(self, name: str) -> ServerTarget:
        """The target of this name."""
        if name not in self._targets:
            self._targets[name] = ServerTarget(name, SETUP)
        return self._targets[name]

    def close(self) -> None:
        """End all."""
        for target in self._targets.values():
            target.close()


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """Servers on demand."""
    made = Started()
    yield made
    made.close()


@pytest.mark.parametrize("name", SERVERS)
def test_every_case_holds_but_those_that_the_server_decides(started: Started, name: str) -> None:
    """Raw bytes on each server: what fails is what its list of expected failures names, and nothing else of it passes."""
    arena = Arena(KIT, started(name))
    failed = set[str]()
    tried = [check for check in raw.checks(KIT) if not check.compares]
    for check in tried:
        try:
            check.run(arena)
        except AssertionError:
            failed.add(check.id)
    assert failed == {id_ for id_ in written_for(name) if id_ in {check.id for check in tried}}


def test_two_frameworks_on_the_same_server_answer_alike(started: Started) -> None:
    """At least 400 probes on uvicorn, cases and raw bytes: no difference at all between Litestar and Django."""
    litestar, django = started("litestar@uvicorn"), started("django@uvicorn")
    compared = compare((case for case in cases.CASES if case.tier == "edge"), (litestar, django))
    assert compared.exchanges + raw.compare(litestar, django) >= 400


@pytest.mark.parametrize("name", ["django@gunicorn", "litestar@granian"])
def test_what_the_kernel_decides_is_the_same_on_another_server(started: Started, name: str) -> None:
    """The second tier: the raw bytes that the kernel decides are answered alike."""
    assert raw.compare(started("litestar@uvicorn"), started(name)) >= 80


def test_a_server_says_what_it_lacks(started: Started) -> None:
    """Over WSGI repeated headers are joined; no server has a back door or a seed."""
    assert Capability.DUPLICATE_HEADERS in started("litestar@uvicorn").capabilities
    assert Capability.DUPLICATE_HEADERS not in started("django@gunicorn").capabilities
    assert Capability.SEEDED not in started("django@gunicorn").capabilities


def test_nothing_is_left_when_it_is_closed() -> None:
    """Port, processes and folder are gone; closing again does no harm."""
    target = ServerTarget("litestar@uvicorn", SETUP)
    assert target.send(LIVEZ).status == 200
    assert '"operation": ' in target.log.replace('":"', '": "')
    target.close()
    target.close()
    assert not target.folder.exists()
    with pytest.raises(Unreachable, match="nobody answers"):
        target.send(LIVEZ)


OWNER = """
from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.servers import ServerTarget
from kingpost.kernel import tenancy

target = ServerTarget("django@gunicorn", Setup(components=(tenancy.COMPONENT, specimen.COMPONENT)))
print(target._transport._address.port, flush=True)
input()
"""


def test_a_server_does_not_outlive_the_kit(tmp_path: Path) -> None:
    """However the kit ends, its servers end too: here it is killed and can do nothing about it."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        socket.create_connection(("127.0.0.1", port)).close()
        owner.kill()
        owner.wait(PATIENCE)
    waiting = threading.Event()
    for _ in range(int(PATIENCE * 10)):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        waiting.wait(0.1)  # the end of another process gives no other sign
    pytest.fail("the server still listens")


@pytest.mark.parametrize(
    ("components", "url", "told"),
    [
        ((*COMPONENTS, Component(name="nothing", package="no.such.package")), "memory:", "no.such.package"),
        (COMPONENTS, "postgresql://nobody@127.0.0.1:1/nothing", "127.0.0.1"),
        ((tenancy.COMPONENT,), "memory:", "does not serve the kit's own component"),
    ],
    ids=["component", "database", "specimen"],
)
def test_what_does_not_start_says_why_in_one_line(components: tuple[Component, ...], url: str, told: str) -> None:
    """The server's own last word, and nothing left running."""
    with pytest.raises(Unreachable, match=told) as caught:
        server("litestar@uvicorn")(replace(SETUP, components=components, url=url))
    assert "litestar@uvicorn" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_no_server_is_told_the_nearest() -> None:
    """One line with the nearest name."""
    with pytest.raises(Unreachable, match=r"^there is no target litestar@unicorn; do you mean litestar@uvicorn\?$"):
        server("litestar@unicorn")
    with pytest.raises(Unreachable, match="there are litestar@uvicorn, "):
        server("x@y")
