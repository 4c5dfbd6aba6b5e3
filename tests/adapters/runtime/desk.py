"""A command's surroundings for tests: a kernel over memory, a clock that stands still, output that is kept."""

import io
import json
from argparse import ArgumentParser
from types import ModuleType

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, MemoryStorage, RecordedLog, SeededEntropy
from kingpost.adapters.runtime.composition import records_of
from kingpost.adapters.runtime.console import Console
from kingpost.kernel.assembly import Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.driving import drive
from kingpost.kernel.policy import Policy
from kingpost.kernel.system import System
from kingpost.kernel.tenancy import COMPONENT
from kingpost.kernel.wire import RawReply, RawRequest

SECRET = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ"


class Desk:
    """Runs commands one after another on one kernel."""

    def __init__(self, components: tuple[Component, ...] = (COMPONENT,)) -> None:
        self.clock = MemoryClock()
        self.storage = MemoryStorage(records=records_of(components), clock=self.clock)
        system = System(clock=self.clock, entropy=SeededEntropy(), log=RecordedLog(), metrics=MemoryMetrics())
        policy = Policy(hosts=("localhost",), secrets=(SECRET,))
        self.kernel = assemble(ports=Ports(storage=self.storage, system=system), components=components, policy=policy)

    def run(self, command: ModuleType, *argv: str) -> str:
        """What the command prints."""
        parser = ArgumentParser()
        command.add(parser)
        out = io.StringIO()
        assert command.run(parser.parse_args(argv), Console(kernel=self.kernel, run=drive, out=out)) == 0
        return out.getvalue()

    def json(self, command: ModuleType, *argv: str) -> list[dict[str, object]]:
        """What the command prints as JSON lines."""
        return [json.loads(line) for line in self.run(command, *argv, "--json").splitlines()]

    def get(self, path: str, key: str) -> RawReply:
        """The kernel's answer to a GET with this key."""
        headers = ((b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode()))
        return drive(self.kernel.answer(RawRequest(method="GET", path=path.encode(), query=b"", headers=headers, body=b"")))
