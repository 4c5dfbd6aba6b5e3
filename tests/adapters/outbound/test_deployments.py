"""How a deployment comes to its outbound client: by its colour, without loading it, and with a message where it is not installed."""

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

from kingpost.adapters.outbound import looped, threaded
from kingpost.adapters.runtime import composition, findings
from kingpost.adapters.runtime.database import kernel_of
from kingpost.adapters.runtime.machine import LoopSleeper, ThreadSleeper
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import HttpReply, HttpRequest, Target, UpstreamForbidden

SETTINGS = Settings(database="sqlite://", secret=("Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ",), hosts=("localhost",))
INNER = HttpRequest(target=Target(name="rates"), method="GET", url="https://10.0.0.1/")


def test_a_host_with_threads_gets_what_never_suspends() -> None:
    """``drive`` finishes the client and the sleeper, and threads exclude each other."""
    system = composition.system_from(SETTINGS)
    with pytest.raises(UpstreamForbidden):
        drive(system.http.send(request=INNER, seconds=1))
    began = time.monotonic()  # that it waits is the law
    drive(system.sleeper.sleep(seconds=0.01))
    assert time.monotonic() - began >= 0.01  # as above
    assert isinstance(system.sleeper, ThreadSleeper)
    assert isinstance(system.mutex(), type(threading.Lock()))


def test_a_host_with_a_loop_gets_its_loops_client(tmp_path: Path) -> None:
    """It waits in the loop, obeys the allowance of the settings, and is closed with the lifespan."""
    kernel, lifespan = kernel_of(
        Settings(database=f"sqlite:///{tmp_path}/app.sqlite3", secret=SETTINGS.secret, hosts=("localhost",), http_allow=("10.0.0.0/8",))
    )
    assert isinstance(kernel.system.sleeper, LoopSleeper)

    async def live() -> HttpReply | None:
        async with lifespan():
            async with asyncio.TaskGroup() as group:
                group.create_task(kernel.system.sleeper.sleep(seconds=0.01))
            with pytest.raises(UpstreamForbidden):
                await kernel.system.http.send(request=HttpRequest(target=INNER.target, method="GET", url="https://192.168.0.1/"), seconds=1)
        return getattr(kernel.system.http, "_client", None)

    assert asyncio.run(live()) is None


@pytest.mark.parametrize("make", [looped, threaded])
def test_without_the_extra_the_first_call_says_what_to_install(make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that calls nobody needs no client; one that does is told the mend."""
    for name in [name for name in sys.modules if name.startswith("kingpost.adapters.outbound.")]:
        monkeypatch.delitem(sys.modules, name)
    absent: dict[str, ModuleType | None] = {"httpcore": None}
    for name, module in absent.items():
        monkeypatch.setitem(sys.modules, name, module)  # type: ignore[arg-type]  (None is how Python marks an absent module)
    http = make(())  # type: ignore[operator]  (one of the two doors)
    drive(http.close())
    with pytest.raises(ConfigurationError, match=r"'httpcore'.*pip install 'kingpost\[http\]'"):
        drive(http.send(request=INNER, seconds=1))


def test_nothing_of_the_client_is_loaded_before_the_first_call() -> None:
    """Start-up does not pay for what is not used."""
    code = (
        "import sys; from kingpost.adapters.runtime import composition, settings; "
        "composition.system_from(settings.Settings(secret=('x' * 40,))); sys.exit('httpcore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_doctor_sees_an_allowance_without_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wants to call, and nothing can."""
    present = findings.find_spec

    def absent(name: str) -> object:
        return None if name == "httpcore" else present(name)

    monkeypatch.setattr(findings, "find_spec", absent)
    allowing = Settings(database="sqlite://", secret=SETTINGS.secret, hosts=("localhost",), http_allow=("10.0.0.0/8",))
    told = [finding for finding in findings.of_settings(allowing) if "outbound" in finding.text]
    assert [(finding.level, finding.mend) for finding in told] == [("fail", "pip install 'kingpost[http]'")]
    assert not [finding for finding in findings.of_settings(SETTINGS) if "outbound" in finding.text]
