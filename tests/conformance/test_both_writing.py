"""Litestar and Django write to one PostgreSQL database at the same time: nothing is lost, and one of many wins. It knows real servers, processes and time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
import pytest

from kingpost.conformance.backend import HOST, POLICY, Setup
from kingpost.conformance.servers import ServerTarget
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.targets import find_backend
from kingpost.conformance.transports.url import UrlTarget
from kingpost.conformance.world import exchange_headers, fresh
from tests.conformance.targets import COMPONENTS

pytestmark = pytest.mark.slow

SIDES: Final = ("litestar@uvicorn", "django@gunicorn")
WRITERS: Final = 8
"""At once; every other one on the other side."""
ROUNDS: Final = 25
MOST_ROUNDS: Final = 300
"""Until each side has won once: one of them is the faster."""
TRIES: Final = 50
"""How often a writer that is told to come again comes."""
_TOGETHER: Final = 30.0
"""Seconds that writers wait for each other."""


class Pair:
    """Two servers on one database, the world on it, and a connection for every writer."""

    def __init__(self, url: str) -> None:
        setup = Setup(components=COMPONENTS, backend=find_backend("postgresql"), url=url)
        self.first = ServerTarget(SIDES[0], setup)
        self.second = ServerTarget(SIDES[1], setup, key=self.first.key)
        self.world = fresh(self.first)
        self.writers = [
            UrlTarget(server.url, key=server.key, name=f"{server.name} {number}", host=HOST)
            for number in range(WRITERS // 2)
            for server in (self.first, self.second)
        ]

    def close(self) -> None:
        """End all."""
        for each in (*self.writers, self.second, self.first):
            each.close()

    def asked(
        self, writer: UrlTarget, method: str, path: str, body: dict[str, object] | None = None, *, etag: str = "", key: str = "a.key"
    ) -> Reply:
        """One request of a writer; where it is told to come again it does."""
        headers = exchange_headers(self.world[key], request_id="both", json=body is not None)
        lines = (*headers, (b"if-match", etag.encode())) if etag else headers
        sent = b"" if body is None else msgspec.json.encode(body)
        for _ in range(TRIES):
            reply = writer.send(Exchange(method=method, target=path.encode(), headers=lines, body=sent))
            if reply.status != 503:
                return reply
            assert reply.one("retry-after"), "a 503 must say when to come again"
        return reply

    def together(self, act: Callable[[UrlTarget, int], Reply]) -> list[Reply]:
        """What the writers are answered who all begin at the same moment."""
        gate = threading.Barrier(len(self.writers), timeout=_TOGETHER)

        def write(number: int) -> Reply:
            gate.wait()
            return act(self.writers[number], number)

        with ThreadPoolExecutor(len(self.writers)) as pool:
            return list(pool.map(write, range(len(self.writers))))


@pytest.fixture(scope="module")
def pair(postgres_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Litestar under uvicorn and Django under gunicorn, on one scratch database."""
    folder: Path = tmp_path_factory.mktemp("both")
    assert postgres_server_url
    with find_backend("postgresql").scratch(folder) as url:
        made = Pair(url)
        yield made
        made.close()


def codes(replies: list[Reply]) -> Counter[int]:
    """How many of each status."""
    return Counter(reply.status for reply in replies)


def test_adjustments_through_both_sides_add_up(pair: Pair) -> None:
    """No update is lost: the count is what it was and all that was added and taken, and so is the version."""
    path = f"/specimens/{pair.world['a.specimen']}"
    before = pair.asked(pair.writers[0], "GET", path).json()

    def adjust(writer: UrlTarget, number: int) -> Reply:
        replies = [pair.asked(writer, "POST", f"{path}/adjustments", {"delta": 3 if (number + turn) % 3 else -1}) for turn in range(ROUNDS)]
        assert codes(replies) == {200: ROUNDS}
        return replies[-1]

    pair.together(adjust)
    added = sum(3 if (number + turn) % 3 else -1 for number in range(WRITERS) for turn in range(ROUNDS))
    for writer in pair.writers[:2]:
        after = pair.asked(writer, "GET", path).json()
        assert after["count"] == int(str(before["count"])) + added
        assert after["version"] == int(str(before["version"])) + WRITERS * ROUNDS


def test_of_writers_with_one_tag_one_wins(pair: Pair) -> None:
    """The others are told that the tag is stale, whichever side they ask; what stands is what the winner wrote."""
    path = f"/specimens/{pair.world['a.child']}"
    winners = set[str]()
    for turn in range(MOST_ROUNDS):
        if turn >= ROUNDS and winners == set(SIDES):
            break
        tag = pair.asked(pair.writers[turn % 2], "GET", path).one("etag") or ""
        replies = pair.together(
            lambda writer, number, turn=turn, tag=tag: pair.asked(writer, "PATCH", path, {"title": f"turn {turn} of {number}"}, etag=tag)
        )
        assert codes(replies) == {200: 1, 412: WRITERS - 1}
        (won,) = (number for number, reply in enumerate(replies) if reply.status == 200)
        winners.add(SIDES[won % 2])
        for writer in pair.writers[:2]:
            assert pair.asked(writer, "GET", path).json()["title"] == f"turn {turn} of {won}"
    assert winners == set(SIDES), "one side was always first, so that nothing was tried"


def test_of_writers_with_one_label_one_makes_it(pair: Pair) -> None:
    """The others conflict; on both sides there is one row."""
    for turn in range(ROUNDS):
        body: dict[str, object] = {"label": f"BOTH-{turn}", "title": "One", "price": {"amount": 1, "currency": "EUR"}, "count": 1}
        replies = pair.together(lambda writer, _, body=body: pair.asked(writer, "POST", "/specimens", body))
        assert codes(replies) == {201: 1, 409: WRITERS - 1}
        (location,) = (reply.one("location") for reply in replies if reply.status == 201)
        assert {pair.asked(writer, "GET", location or "").status for writer in pair.writers[:2]} == {200}


def test_a_tenant_that_one_side_suspends_is_refused_by_the_other(pair: Pair) -> None:
    """As soon as what the other remembers is too old, and at once where it was suspended."""
    tenant = f"/platform/tenants/{pair.world['b.id']}"
    ends = threading.Event()
    first, second = pair.writers[:2]
    for writer in (first, second):
        assert pair.asked(writer, "GET", "/tenant", key="b.key").status == 200
    tag = pair.asked(first, "GET", tenant, key="platform.key").one("etag") or ""
    assert pair.asked(second, "POST", f"{tenant}/suspend", {}, etag=tag, key="platform.key").status == 200
    assert pair.asked(second, "GET", "/tenant", key="b.key").status == 403
    ends.wait(POLICY.cache_seconds + 0.1)
    assert pair.asked(first, "GET", "/tenant", key="b.key").status == 403
