"""Static keys and what a process remembers of them: issued, rotated, revoked, forgotten."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import svcs

from kingpost.kernel.context import ANONYMOUS, Context, Principal
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import Conflict, NotFound, Unauthenticated, Unavailable
from kingpost.kernel.store import PLATFORM, Page, Scope, Session
from kingpost.kernel.tenancy import (
    AccessKey,
    Memory,
    Tenant,
    issue_first_key,
    issue_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from tests.kernel.tenancy.acting import change, key_of, run
from tests.kernel.world import World, code

GRACE = timedelta(hours=1)


# ---------------------------------------------------------------- keys


def test_keys_are_issued_listed_rotated_and_revoked(world: World, platform: str) -> None:
    """A rotated key goes on for the overlap, a revoked one ends at once, and every key of the tenant is listed in order."""
    acme, first = world.tenant("acme")
    world.clock.advance(1)
    second = run(world, issue_key, tenant_id=acme["id"])
    assert world.json("GET", "/tenant", key=second.text)["id"] == acme["id"]
    world.clock.advance(1)
    third = run(world, rotate_key, key=key_of(world, acme["id"]), overlap=GRACE)
    assert [each.id for each in run(world, list_keys, tenant_id=acme["id"]).items] == [
        key_of(world, acme["id"]),
        second.record.id,
        third.record.id,
    ]
    for text in (first, second.text, third.text):
        assert world.ask("GET", "/tenant", key=text).status == 200
    world.clock.advance(GRACE.total_seconds())
    assert [world.ask("GET", "/tenant", key=text).status for text in (first, second.text, third.text)] == [401, 200, 200]
    revoked = run(world, revoke_key, key=second.record.id)
    assert revoked.expires_at == world.clock.now()
    assert [world.ask("GET", "/tenant", key=text).status for text in (second.text, third.text)] == [401, 200]


def test_revoking_again_changes_nothing(world: World) -> None:
    """The first end stands."""
    issued = run(world, issue_key, tenant_id=None)
    first = run(world, revoke_key, key=issued.record.id)
    world.clock.advance(60)
    assert run(world, revoke_key, key=issued.record.id) == first


def test_rotation_never_prolongs_a_key(world: World) -> None:
    """A key that ends sooner than the overlap keeps its end; its successor has none."""
    issued = run(world, issue_key, tenant_id=None, lifetime=timedelta(minutes=1))
    fresh = run(world, rotate_key, key=issued.record.id, overlap=GRACE)
    assert fresh.record.expires_at is None
    (old,) = (row for row in world.storage.rows(AccessKey) if row["id"] == issued.record.id)
    assert old["expires_at"] == "2026-01-01T00:01:00Z"


def test_a_key_with_a_lifetime_expires_on_the_instant(world: World) -> None:
    """Valid until just before its end, even where it is remembered."""
    issued = run(world, issue_key, tenant_id=None, lifetime=timedelta(seconds=10))
    world.clock.advance(9.5)
    assert world.ask("GET", "/platform/tenants", key=issued.text).status == 200
    world.clock.advance(0.5)
    assert code(world.ask("GET", "/platform/tenants", key=issued.text)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "use_case", [lambda context: revoke_key(context, key="key_x"), lambda context: rotate_key(context, key="key_x", overlap=GRACE)]
)
def test_an_unknown_key_is_not_found(world: World, use_case: Callable[..., Awaitable[object]]) -> None:
    """Rotating and revoking need a key that is there."""
    with pytest.raises(NotFound):
        run(world, use_case)


def test_a_platform_key_is_no_tenants_key(world: World, platform: str) -> None:
    """The kind in the text must be the kind of the row: a row moved to another side opens nothing."""
    acme, key = world.tenant("acme")
    row = next(row for row in world.storage.rows(AccessKey) if row["tenant_id"] == acme["id"])

    async def promote(context: Context) -> None:
        stored = await context.store.get(AccessKey, str(row["id"]))
        await context.store.replace(msgspec.structs.replace(stored, tenant_id=None))

    run(world, promote)
    assert code(world.ask("GET", "/platform/tenants", key=key)) == (401, "unauthenticated")


def test_a_malformed_key_asks_no_store(world: World) -> None:
    """Form and checksum are checked first: with the database down a wrong text is 401, a well-formed one 503."""
    acme = world.tenant("acme")[1]
    wrong = acme[:-1] + ("a" if acme[-1] != "a" else "b")
    world.storage.fail_next("find", Unavailable())
    assert code(world.ask("GET", "/tenant", key=wrong)) == (401, "unauthenticated")
    assert code(world.ask("GET", "/tenant", key=acme)) == (503, "unavailable")


def test_a_key_of_another_digest_secret_proves_nothing() -> None:
    """Secrets rotate: a key made under the old secret works while the old one is listed, and no longer."""
    old, new = "the old root secret, long enough to be one", "the new root secret, long enough to be one"
    first = World(secrets=(old,))
    key = first.tenant("acme")[1]
    both = World(secrets=(new, old), storage=first.storage)
    only_new = World(secrets=(new,), storage=first.storage)
    assert both.ask("GET", "/tenant", key=key).status == 200
    assert code(only_new.ask("GET", "/tenant", key=key)) == (401, "unauthenticated")


class ForgetfulSession:
    """A session of a database without references: it finds the key and has lost the tenant."""

    def __init__(self, inner: Session) -> None:
        self.inner = inner

    def store(self, scope: Scope) -> "ForgetfulSession":
        """Itself."""
        return self

    async def find(self, record: type[AccessKey], **asked: Any) -> Page[AccessKey]:
        """What is there."""
        return await self.inner.store(PLATFORM).find(record, **asked)

    async def get(self, record: type[Tenant], key: str) -> None:
        """Nothing."""


def test_a_key_whose_tenant_is_gone_proves_nothing(world: World) -> None:
    """Where the row of the tenant cannot be found, the key is as good as unknown."""
    key = world.tenant("acme")[1]
    world.clock.advance(2)
    session = ForgetfulSession(world.storage.session())
    with pytest.raises(Unauthenticated):
        drive(world.kernel.authenticator.authenticate(session=session, credential=key))  # type: ignore[arg-type]


def test_the_platform_has_one_first_key(world: World) -> None:
    """However often it is asked for, it is made once."""
    first = run(world, issue_first_key)
    assert world.ask("GET", "/platform/tenants", key=first.text).status == 200
    with pytest.raises(Conflict):
        run(world, issue_first_key)


# ---------------------------------------------------------------- memory


def memory(world: World) -> Memory:
    """What the kernel remembers."""
    with svcs.Container(world.kernel.services) as services:
        return services.get(Memory)


def test_a_caller_is_remembered_for_a_second(world: World) -> None:
    """Within the age no store is asked; afterwards it is."""
    key = world.tenant("acme")[1]
    assert world.ask("GET", "/tools", key=key).status == 200
    world.clock.advance(0.9)
    remembered = memory(world).caller(key)
    assert remembered is not None
    assert remembered.principal.side == "tenant"
    world.clock.advance(0.2)
    assert memory(world).caller(key) is None


def test_a_refusal_is_not_remembered(world: World) -> None:
    """A wrong key is looked up each time, so it cannot fill the memory."""
    foreign = World(seed="other").tenant("acme")[1]
    assert world.ask("GET", "/tenant", key=foreign).status == 401
    assert memory(world).caller(foreign) is None


def test_that_nobody_claims_a_host_is_remembered(world: World, platform: str) -> None:
    """That nobody does is an answer too, and it is forgotten when a host is claimed."""
    acme, key = world.tenant("acme")
    assert code(world.ask("GET", "/tenant", key=key, host="shop.example")) == (400, "unknown-host")
    assert memory(world).host("shop.example") == (None,)
    assert change(world, platform, acme["id"], {"hosts": ["shop.example"]}).status == 200
    assert world.ask("GET", "/tenant", key=key, host="shop.example").status == 200
    assert memory(world).host("shop.example") == (acme["id"],)


def test_a_new_tenants_host_serves_at_once(world: World) -> None:
    """A host that was asked for before its tenant existed is not refused out of memory."""
    assert code(world.ask("GET", "/greeting", host="new.example")) == (400, "unknown-host")
    world.tenant("acme", hosts=["new.example"])
    assert world.ask("GET", "/greeting", host="new.example").status == 200


def test_memory_forgets_on_commit_and_not_on_rollback(world: World, platform: str) -> None:
    """A change that fails leaves the memory as it was; one that is kept empties it."""
    acme, key = world.tenant("acme")
    world.ask("GET", "/tenant", key=key)
    world.storage.fail_next("commit", Unavailable())
    assert change(world, platform, acme["id"], {}, "/suspend").status == 503
    assert memory(world).caller(key) is not None
    assert change(world, platform, acme["id"], {}, "/suspend").status == 200
    assert memory(world).caller(key) is None


def test_a_rotation_that_is_rolled_back_is_not_forgotten(world: World) -> None:
    """The use case asks to forget, the unit decides."""
    acme, key = world.tenant("acme")
    world.ask("GET", "/tenant", key=key)

    async def fail(context: Context) -> None:
        await rotate_key(context, key=key_of(world, acme["id"]), overlap=GRACE)
        raise Conflict

    with suppress(Conflict):
        run(world, fail)
    assert memory(world).caller(key) is not None
    assert len(world.storage.rows(AccessKey)) == 2


def test_without_cache_seconds_nothing_is_remembered() -> None:
    """``cache_seconds=0`` turns the memory off."""
    world = World(cache_seconds=0.0)
    key = world.tenant("acme")[1]
    world.ask("GET", "/tenant", key=key, host="shop.example")
    world.ask("GET", "/tenant", key=key)
    assert (memory(world).caller(key), memory(world).host("shop.example")) == (None, None)


def test_memory_is_bounded(world: World) -> None:
    """The oldest entries go first, so a scan of hosts cannot fill the process."""
    kept = memory(world)
    for number in range(10_001):
        kept.remember_host(f"h{number}.example", None, mark=kept.mark())
    assert kept.host("h0.example") is None
    assert kept.host("h1.example") == (None,)
    assert kept.host("h10000.example") == (None,)


def test_an_anonymous_principal_may_do_nothing() -> None:
    """Nobody holds no permission; ``None`` means every permission."""
    assert not ANONYMOUS.allows("anything")
    assert Principal(id="x", side="tenant", permissions=None).allows("anything")
