"""What changes by itself as time passes, on every target. It knows the back door that moves the clock."""

from datetime import timedelta

import msgspec
import pytest

from kingpost.conformance.cases import fresh
from kingpost.conformance.cases.case import Expect, Step
from kingpost.conformance.cases.player import exchange_of
from kingpost.conformance.target import Reply, Target
from kingpost.conformance.world import World
from tests.conformance.operations import refusal

DAY = timedelta(days=1).total_seconds()


def moved(target: Target, world: World, action: str, etag: str, body: bytes = b"") -> Reply:
    """Ask to move tenant A to another state."""
    headers = (("if-match", etag),)
    step = Step(
        method="POST",
        target=f"/platform/tenants/<a.id>/{action}",
        key="platform.key",
        headers=headers,
        body=body,
        expect=Expect(status=200),
    )
    return target.send(exchange_of(step, world, request_id="time"))


def read(target: Target, world: World) -> Reply:
    """Tenant A reads its own product."""
    return target.send(exchange_of(Step(target="/products/<a.product>", expect=Expect(status=200)), world, request_id="time"))


@pytest.mark.parametrize(("seconds", "expected"), [(DAY - 1, (200, None)), (DAY, (409, "grace-period-over"))], ids=["before", "after"])
def test_a_closed_tenant_comes_back_until_its_grace_ends(target: Target, seconds: float, expected: tuple[int, str | None]) -> None:
    """A second before the end of the grace period it can be reopened with all its rows; at the end it stays closed and is told why."""
    assert target.door is not None
    world = fresh(target)
    before = read(target, world)
    closed = moved(target, world, "close", world["a.etag"], b'{"grace_days":1}')
    assert refusal(read(target, world)) == (403, "tenant-closed")
    target.door.advance(seconds)
    reopened = moved(target, world, "reopen", closed.one("etag") or "")
    assert refusal(reopened) == expected
    after = read(target, world)
    assert after == before if expected[0] == 200 else refusal(after) == (403, "tenant-closed")


def test_a_cursor_outlives_the_moment(target: Target) -> None:
    """A page that was asked for a month ago still leads on: cursors hold a position, not a time."""
    assert target.door is not None
    world = fresh(target)
    first = target.send(
        exchange_of(Step(target="/platform/tenants?limit=2", key="platform.key", expect=Expect(status=200)), world, request_id="time")
    )
    target.door.advance(31 * DAY)
    world["next"] = str(first.json()["next_cursor"])
    step = Step(target="/platform/tenants?limit=200&cursor=<next>", key="platform.key", expect=Expect(status=200))
    rest = target.send(exchange_of(step, world, request_id="time"))
    slugs = [item["slug"] for page in (first, rest) for item in msgspec.convert(page.json()["items"], list[dict[str, object]])]
    assert sorted(map(str, slugs)) == ["tenant-a", "tenant-b", "tenant-closed", "tenant-empty", "tenant-suspended"]
