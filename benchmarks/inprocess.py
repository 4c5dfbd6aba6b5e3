"""One GET by id and one POST without server and network: the kernel against the floor, and whole requests against the bare frameworks.

CPU time of this process. What is measured: the kernel with memory adapters; Litestar and Django over SQLite, as ``kingpost serve`` runs them.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

from litestar import Litestar

from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.adapters.memory import MemoryMetrics
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.kernel.driving import drive

from . import bare_litestar, shop, site
from .floor import Floor
from .measure import Contestant, Effort, Row, compare
from .shop import Shop

EFFORT = Effort(rounds=21, batch=300)
JSON = (b"content-type", b"application/json")


def run(effort: Effort) -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory(prefix="kingpost-bench-") as folder:
        file = Path(folder) / "bench.sqlite3"
        return [*_kernel(effort), *_frameworks(file, effort)]


# ---------------------------------------------------------------- the kernel


def _kernel(effort: Effort) -> list[Row]:
    machine = shop.system(MemoryMetrics())
    goods = shop.shop(machine)
    storage = shop.memory(machine)
    drive(shop.stock(storage, goods))
    kernel, floor = shop.kernel_on(storage, machine), Floor(goods)
    posts = goods.posts("K"), goods.posts("F")
    for answer, mine in ((kernel.answer, posts[0]), (floor.answer, posts[1])):
        for request, wanted in ((goods.get(), 200), (mine.request(), 201)):
            reply = drive(answer(request))
            shop.expect(reply.status, wanted, reply.body)
    get = goods.get()
    return compare(
        [
            Contestant(name="floor GET by hand", batch=_driven(lambda: floor.answer(get))),
            Contestant(name="kernel GET, memory", batch=_driven(lambda: kernel.answer(get)), baseline="floor GET by hand", bar=3.0),
            Contestant(name="floor POST by hand", batch=_driven(lambda: floor.answer(posts[1].request()))),
            Contestant(name="kernel POST, memory", batch=_driven(lambda: kernel.answer(posts[0].request())), baseline="floor POST by hand"),
        ],
        effort,
    )


def _driven(ask: Callable[[], Awaitable[object]]) -> Callable[[int], None]:
    async def batch(count: int) -> None:
        for _ in range(count):
            await ask()

    return lambda count: drive(batch(count))


# ---------------------------------------------------------------- the frameworks


def _frameworks(file: Path, effort: Effort) -> list[Row]:
    url = f"sqlite:///{file}"
    machine = shop.system()
    goods = shop.shop(machine)
    with asyncio.Runner() as runner, ExitStack() as stack:
        runner.run(create_all(url, shop.RECORDS))
        storage = runner.run(sql_storage(url, records=shop.RECORDS, clock=machine.clock))
        stack.callback(lambda: runner.run(storage.close()))
        runner.run(shop.stock(storage, goods))
        mounted = Litestar(plugins=[KingpostPlugin(shop.kernel_on(storage, machine))], openapi_config=None, logging_config=None)
        rows = _litestar(mounted, goods, runner, effort)
    return [*rows, *_ninja(file, goods, effort)]


def _litestar(mounted: Litestar, goods: Shop, runner: asyncio.Runner, effort: Effort) -> list[Row]:
    posts, plain = goods.posts("L"), bare_litestar.litestar()
    product = f"/products/{goods.products[0].id}"

    def contestant(app: Litestar, scope: dict[str, Any], body: Callable[[], bytes], wanted: int) -> Callable[[int], None]:
        status, text = runner.run(_asgi(app, scope, body()))
        shop.expect(status, wanted, text)

        async def batch(count: int) -> None:
            for _ in range(count):
                await _asgi(app, scope, body())

        return lambda count: runner.run(batch(count))

    return compare(
        [
            Contestant(name="bare Litestar GET", batch=contestant(plain, _scope("GET", "/items/1", goods), bytes, 200)),
            Contestant(
                name="Litestar GET, SQLite",
                batch=contestant(mounted, _scope("GET", product, goods), bytes, 200),
                baseline="bare Litestar GET",
                bar=2.8,
            ),
            Contestant(name="bare Litestar POST", batch=contestant(plain, _scope("POST", "/items", goods), lambda: _ITEM, 201)),
            Contestant(
                name="Litestar POST, SQLite",
                batch=contestant(mounted, _scope("POST", "/products", goods), posts.body, 201),
                baseline="bare Litestar POST",
            ),
        ],
        effort,
    )


_ITEM = b'{"name":"Mug","price":1250}'


def _scope(method: str, path: str, goods: Shop) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*goods.headers, *([JSON] if method == "POST" else [])],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }


async def _asgi(app: Any, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    """Status and body of one request."""
    sent: list[Any] = []
    headers = [*scope["headers"], (b"content-length", b"%d" % len(body))] if body else list(scope["headers"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app({**scope, "headers": headers, "state": {}}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _ninja(file: Path, goods: Shop, effort: Effort) -> list[Row]:
    site.configure(file)
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415  (only once Django is configured)

    handler, posts = WSGIHandler(), goods.posts("D")
    product = f"/products/{goods.products[0].id}"
    _silence()

    def contestant(environ: dict[str, Any], body: Callable[[], bytes], wanted: int) -> Callable[[int], None]:
        shop.expect(*_wsgi(handler, environ, body())[:1], wanted, _wsgi(handler, environ, body())[1])

        def batch(count: int) -> None:
            for _ in range(count):
                _wsgi(handler, environ, body())

        return batch

    return compare(
        [
            Contestant(name="bare Ninja GET, WSGI", batch=contestant(_environ("GET", "/bare/items/1", goods), bytes, 200)),
            Contestant(
                name="Ninja GET, WSGI, SQLite",
                batch=contestant(_environ("GET", product, goods), bytes, 200),
                baseline="bare Ninja GET, WSGI",
                bar=2.0,
            ),
            Contestant(name="bare Ninja POST, WSGI", batch=contestant(_environ("POST", "/bare/items", goods), lambda: _ITEM, 201)),
            Contestant(
                name="Ninja POST, WSGI, SQLite",
                batch=contestant(_environ("POST", "/products", goods), posts.body, 201),
                baseline="bare Ninja POST, WSGI",
            ),
        ],
        effort,
    )


def _silence() -> None:
    """Log lines are formatted and dropped here too, as on the other side."""
    from kingpost.adapters.django_app.apps import kernel  # noqa: PLC0415  (only once Django is configured)

    made = kernel()
    made.system = shop.system(made.system.metrics)


def _environ(method: str, path: str, goods: Shop) -> dict[str, Any]:
    given = {f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode() for name, value in goods.headers}
    return {
        **given,
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _wsgi(handler: Any, environ: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    """Status and body of one request."""
    status: list[str] = []
    more = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}
    response = handler({**environ, **more, "wsgi.input": BytesIO(body)}, lambda line, _: status.append(line))
    text = b"".join(response)
    response.close()
    return int(status[0].partition(" ")[0]), text
