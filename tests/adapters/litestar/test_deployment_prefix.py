"""The deployment under a prefix: it has no host, so the kernel answers outside the prefix too. It knows one application and no server."""

import asyncio
from pathlib import Path

import pytest

from kingpost.adapters.litestar_app.app import application
from kingpost.adapters.runtime.settings import Settings
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.transports import AsgiTransport

SECRET = "b3V0c2lkZS1vZi10aGUtcHJlZml4LWFuZC1uby1ob3N0"


def ask(folder: Path, target: bytes, *, method: str = "GET", prefix: str = "/api") -> Reply:
    """One answer of the application under the prefix."""
    settings = Settings(database=f"sqlite:///{folder}/app.sqlite3", secret=(SECRET,), hosts=("localhost",), prefix=prefix, access_log=False)
    transport = AsgiTransport(application(settings))

    async def whole() -> Reply:
        await transport.start()
        try:
            return await transport.send(Exchange(method=method, target=target, headers=((b"host", b"localhost"), (b"request-id", b"test"))))
        finally:
            await transport.stop()

    return asyncio.run(whole())


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("target", [b"/nowhere", b"/tenant", b"/livez", b"/", b"/api", b"/apix/livez"])
def test_outside_the_prefix_there_is_nothing(tmp_path: Path, target: bytes, method: str) -> None:
    """The same problem document and security headers as inside, and no operation answers there, not even a probe."""
    reply = ask(tmp_path, target, method=method)
    assert reply.status == 404
    assert reply.json()["code"] == "not-found"
    assert reply.json()["type"] == "/api/problems/not-found"
    assert (b"x-content-type-options", b"nosniff") in reply.headers


def test_inside_the_prefix_everything_is_there(tmp_path: Path) -> None:
    """Probes move with the rest."""
    assert ask(tmp_path, b"/api/livez").status == 200
