"""What one step of the conformance kit costs in process: an exchange sent to Litestar and to Django over WSGI, both on memory, and the replies compared.

CPU time of this process. A step is one exchange with both. Of nineteen exchanges sixteen read the kit's world and three write to it, so that it stays as it was.
A target plays them in stretches, as the kit plays its cases: first the reference, then the other, and every reply is compared.
"""

import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from kingpost.conformance import specimen
from kingpost.conformance.target import Exchange, Reply, Target
from kingpost.conformance.targets import opened
from kingpost.conformance.world import World, exchange_headers, fresh
from kingpost.kernel import tenancy

from .measure import Contestant, Effort, Row, compare, judged

EFFORT = Effort(rounds=21, batch=300)
COMPONENTS = (tenancy.COMPONENT, specimen.COMPONENT)
RATE = 3_000
"""Steps per second, at least."""
STRETCH = 38
"""Exchanges that one target plays before the other."""
_BUDGET = 1_000_000 / RATE


def run(effort: Effort) -> list[Row]:
    """The kernel alone, and the step beside its budget."""
    with tempfile.TemporaryDirectory(prefix="kingpost-bench-") as folder, ExitStack() as stack:
        kernel, litestar, django = (
            stack.enter_context(opened(name, COMPONENTS, folder=Path(folder))) for name in ("memory", "litestar", "django-wsgi")
        )
        step = f"step at {RATE:,}/s"
        alone, rows = Contestant(name="kernel, memory", batch=_played(kernel)), [Row(name=step, value=round(_BUDGET, 2), unit="us")]
        *others, pair = compare([alone, Contestant(name="Litestar against Django, WSGI, memory", batch=_played(litestar, django))], effort)
        return [*others, *rows, judged(pair, step, pair.value / _BUDGET, 1.0)]


def _played(*targets: Target) -> Callable[[int], None]:
    """Sends the same to all of them, in the same state, and compares."""
    worlds = [fresh(target) for target in targets]
    if any(world != worlds[0] for world in worlds):
        raise SystemExit("the targets do not begin in one world")
    program, (reference, *others) = _program(worlds[0]), targets
    upcoming = next(program)

    def batch(count: int) -> None:
        nonlocal upcoming
        for begun in range(0, count, STRETCH):
            said: list[tuple[Exchange, Reply]] = []
            for _ in range(min(STRETCH, count - begun)):
                said.append((upcoming, reference.send(upcoming)))
                upcoming = program.send(said[-1][1])
            for other in others:
                for exchange, expected in said:
                    _expect_equal(exchange, expected, other.send(exchange))

    return batch


def _expect_equal(exchange: Exchange, expected: Reply, got: Reply) -> None:
    """Go on only while they agree; the order of headers is the server's."""
    if got != expected and (got.status, got.body, sorted(got.headers)) != (expected.status, expected.body, sorted(expected.headers)):
        raise SystemExit(f"{exchange} is answered differently: {expected}, {got}")


def _program(world: World) -> Generator[Exchange, Reply, None]:
    """Exchanges without end; it is told the replies."""
    ours, body = world["a.specimen"], {"label": "MADE", "title": "Thing", "price": {"amount": 1999, "currency": "EUR"}}
    unchanged = (b"if-none-match", world["a.child.etag"].encode())
    reads = (
        _asked(world, f"/specimens/{ours}"),
        _asked(world, "/specimens?limit=2"),
        _asked(world, "/tenant"),
        _asked(world, f"/specimens/{world['b.specimen']}"),
        _asked(world, f"/specimens/{ours}/children/{world['a.child']}"),
        _asked(world, f"/platform/tenants/{world['a.id']}", key="platform.key"),
        _asked(world, "/nothing-here"),
        _asked(world, f"/specimens/{world['a.child']}", unchanged),
    )
    while True:
        for read in reads:
            yield read
        yield _asked(world, f"/specimens/{ours}/adjustments", body={"delta": 1})
        made = yield _asked(world, "/specimens", body=body)
        for read in reads:
            yield read
        yield _asked(world, made.one("location") or "", (b"if-match", (made.one("etag") or "").encode()), method="DELETE")


def _asked(
    world: World,
    target: str,
    *more: tuple[bytes, bytes],
    key: str = "a.key",
    method: str = "",
    body: dict[str, object] | None = None,
) -> Exchange:
    headers = exchange_headers(world[key], request_id="benchmark", json=body is not None)
    sent = b"" if body is None else msgspec.json.encode(body)
    return Exchange(method=method or ("POST" if sent else "GET"), target=target.encode(), headers=(*headers, *more), body=sent)
