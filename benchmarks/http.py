"""The same requests behind real servers, on loopback: Kingpost under each server against the bare framework under the same one.

CPU time of the server's processes per request, read from the operating system (Linux), beside requests per second. Reported without bars: ratios over
HTTP wander by a quarter. The load is bounded: a few connections, each asking again once it has its answer.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct

from kingpost.adapters.sql import sql_storage

from . import shop
from .measure import MICROSECONDS, Effort, Row, judged
from .shop import Shop

EFFORT = Effort(rounds=5, batch=1500)
PATIENCE = 30.0
"""Seconds that a server may take to start or to stop."""
PAIRS = (("litestar", "uvicorn"), ("litestar", "granian"), ("ninja", "gunicorn"), ("ninja", "granian"))
_ITEM = b'{"name":"Mug","price":1250}'


class Entrant(Struct, frozen=True):
    """A server under load: what it is called, where it listens, its process, and the requests that it is sent."""

    name: str
    port: int
    process: int
    requests: Callable[[], bytes]
    status: int


def run(effort: Effort) -> list[Row]:
    """All rows, framework by framework and server by server."""
    with tempfile.TemporaryDirectory(prefix="kingpost-bench-") as folder:
        environment = _environment(Path(folder))
        _migrate(environment)
        goods = asyncio.run(_stocked(environment))
        return [row for framework, server in PAIRS for row in _compare(framework, server, environment, goods, effort)]


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "KINGPOST_DATABASE": f"sqlite:///{folder / 'bench.sqlite3'}",
        "KINGPOST_SECRET": shop.SECRET,
        "KINGPOST_HOSTS": shop.HOST,
        "KINGPOST_COMPONENTS": "tenancy,examples.storefront",
        "KINGPOST_DATA": str(folder),
    }


def _migrate(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "kingpost", "migrate"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"kingpost migrate failed: {done.stderr}")


async def _stocked(environment: dict[str, str]) -> Shop:
    """Store the rows."""
    machine = shop.system()
    goods = shop.shop(machine)
    storage = await sql_storage(environment["KINGPOST_DATABASE"], records=shop.RECORDS, clock=machine.clock)
    await shop.stock(storage, goods)
    await storage.close()
    return goods


def _compare(framework: str, server: str, environment: dict[str, str], goods: Shop, effort: Effort) -> list[Row]:
    with ExitStack() as stack:
        bare = stack.enter_context(
            _served([sys.executable, "-m", "benchmarks.serve_bare", framework, server], environment, positional=True)
        )
        flags = ["--django"] if framework == "ninja" else []
        ours = stack.enter_context(_served([sys.executable, "-m", "kingpost", "serve", *flags, "--server", server], environment))
        place = "/bare/items" if framework == "ninja" else "/items"
        posts = goods.posts(f"H-{framework}-{server}")
        rows: list[Row] = []
        for method, theirs, mine, wanted in (
            ("GET", lambda: _text("GET", f"{place}/1", goods), lambda: _text("GET", goods.get().path.decode(), goods), 200),
            ("POST", lambda: _text("POST", place, goods, _ITEM), lambda: _text("POST", "/products", goods, posts.body()), 201),
        ):
            entrants = (
                Entrant(f"{method} bare {framework}, {server}", *bare, theirs, wanted),
                Entrant(f"{method} Kingpost in {framework}, {server}", *ours, mine, wanted),
            )
            rows += _rows(entrants, effort)
        return rows


def _rows(entrants: tuple[Entrant, Entrant], effort: Effort) -> Iterator[Row]:
    samples: dict[str, list[tuple[float, float]]] = {entrant.name: [] for entrant in entrants}
    for entrant in entrants:
        asyncio.run(_load(entrant, max(effort.clients, effort.batch // 5), effort.clients))
    for number in range(effort.rounds):
        for entrant in entrants if number % 2 else entrants[::-1]:
            samples[entrant.name].append(_round(entrant, effort))
    bare, ours = (entrant.name for entrant in entrants)
    for what, unit, index in (("CPU", "us", 0), ("rate", "req/s", 1)):
        values = {name: [sample[index] for sample in taken] for name, taken in samples.items()}
        ratio = median(mine / theirs if theirs else 0.0 for mine, theirs in zip(values[ours], values[bare], strict=True))
        yield Row(name=f"{bare}: {what}", value=round(median(values[bare]), 1), unit=unit)
        yield judged(Row(name=f"{ours}: {what}", value=round(median(values[ours]), 1), unit=unit), f"{bare}: {what}", ratio)


def _round(entrant: Entrant, effort: Effort) -> tuple[float, float]:
    """CPU microseconds per request, and requests per second."""
    used, started = cpu_seconds(entrant.process), time.perf_counter()
    asyncio.run(_load(entrant, effort.batch, effort.clients))
    return (cpu_seconds(entrant.process) - used) / effort.batch * MICROSECONDS, effort.batch / (time.perf_counter() - started)


async def _load(entrant: Entrant, count: int, clients: int) -> None:
    """``count`` requests over a few connections that are kept."""
    shares = [count // clients + (number < count % clients) for number in range(clients)]
    await asyncio.gather(*(_client(entrant, share) for share in shares if share))


async def _client(entrant: Entrant, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", entrant.port)
    for _ in range(count):
        writer.write(entrant.requests())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(reader, head.lower().split(b"\r\n"))
        shop.expect(int(head.split(b" ", 2)[1]), entrant.status, body)
    writer.close()
    await writer.wait_closed()


async def _body(reader: asyncio.StreamReader, lines: list[bytes]) -> bytes:
    """The body of a reply, by its length or in chunks (RFC 9112 sections 6 and 7): Django alone announces no length."""
    fields = dict(line.partition(b":")[::2] for line in lines[1:])
    if fields.get(b"transfer-encoding", b"").strip() != b"chunked":
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


def _text(method: str, path: str, goods: Shop, body: bytes = b"") -> bytes:
    """One request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1".encode(), *(name + b": " + value for name, value in goods.headers)]
    if body:
        lines += [b"content-type: application/json", b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


# ---------------------------------------------------------------- processes


@contextmanager
def _served(command: list[str], environment: dict[str, str], *, positional: bool = False) -> Iterator[tuple[int, int]]:
    """Port and process of a server that answers; stopped at the end."""
    port = _free_port()
    where = [str(port)] if positional else ["--bind", f"127.0.0.1:{port}"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*command, *where], env=environment, stdout=output, stderr=output)
        try:
            _await_port(port, process)
        except TimeoutError:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} does not answer:\n{output.read().decode(errors='replace')[-2000:]}") from None
        else:
            yield port, process.pid
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)  # a real server starts in real time
        else:
            return
    raise TimeoutError


def cpu_seconds(process: int) -> float:
    """CPU time of a process and all below it, so far (proc(5), fields utime and stime)."""
    ticks = 0
    for each in _family(process):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))
