"""The stages that find out who is calling, for which tenant, in which version, and with which permissions."""

import msgspec
import pytest

from kingpost.kernel.component import Component, Service
from kingpost.kernel.context import Authenticator, Caller, Context, Principal, TenantState
from kingpost.kernel.store import Session
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.tenancy import Tenant
from tests.kernel.workshop import READ, WRITE, Accident, Fault, workshop
from tests.kernel.world import World, code, header, problem


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def key(world: World) -> str:
    """The key of a tenant."""
    return world.tenant("acme")[1]


# ---------------------------------------------------------------- authenticate


def test_no_credential_is_challenged(world: World) -> None:
    """401 with ``WWW-Authenticate: Bearer`` and no error code, as RFC 6750 wants where nothing was sent."""
    reply = world.ask("GET", "/tools")
    assert (code(reply), header(reply, "www-authenticate")) == ((401, "unauthenticated"), "Bearer")


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic Zm9v", "Bearer a b", "Bearer\ta", "Bearer  a", "a", "Bearer =", "Bearer a=b"]
)
def test_an_unreadable_credential_is_challenged(world: World, value: str) -> None:
    """What is no bearer token gives 401 ``invalid_request``."""
    reply = world.ask("GET", "/tools", headers=[("authorization", value)])
    assert (code(reply), header(reply, "www-authenticate")) == ((401, "unauthenticated"), 'Bearer error="invalid_request"')


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(world: World, key: str, scheme: str) -> None:
    """The name of the scheme is compared without case (RFC 9110 section 11.1); spaces around the value are the server's."""
    assert world.ask("GET", "/tools", headers=[("authorization", f" {scheme} {key} ")]).status == 200


def test_two_credentials_are_refused(world: World, key: str) -> None:
    """Neither the first nor the last wins, whether they come as two lines or joined by a comma."""
    line = ("authorization", f"Bearer {key}")
    assert code(world.ask("GET", "/tools", headers=[line, line])) == (400, "malformed-header")
    assert code(world.ask("GET", "/tools", headers=[("authorization", f"Bearer {key}, Bearer {key}")])) == (400, "malformed-header")


def test_a_credential_elsewhere_is_not_looked_at(world: World, key: str) -> None:
    """Query, cookie and underscore spellings prove nothing."""
    for headers in ([("cookie", f"authorization=Bearer {key}")], [("x_authorization", f"Bearer {key}")]):
        assert code(world.ask("GET", "/tools", headers=headers)) == (401, "unauthenticated")
    assert code(world.ask("GET", f"/tools?access_token={key}")) == (401, "unauthenticated")


def test_every_wrong_key_gets_the_same_answer(world: World, key: str) -> None:
    """Unknown, mistyped, expired in form or of another deployment: one body, one challenge."""
    foreign = World(seed="another deployment").tenant("acme")[1]
    wrong = (key[:-1] + ("0" if key[-1] != "0" else "1"), foreign, "kp_t_x", "x")
    replies = [world.ask("GET", "/tools", key=each, headers=[("request-id", "same")]) for each in wrong]
    assert {(reply.status, reply.headers, reply.body) for reply in replies} == {(401, replies[0].headers, replies[0].body)}
    assert header(replies[0], "www-authenticate") == 'Bearer error="invalid_token"'


def test_a_public_operation_asks_for_nothing(world: World) -> None:
    """On a public operation even a wrong credential is not looked at."""
    assert world.ask("GET", "/greeting", key="nonsense").status == 200


# ---------------------------------------------------------------- tenant


def test_the_tenant_header_must_agree(world: World, key: str) -> None:
    """Id and slug of the caller's own tenant are accepted; any other value is 403, and it never selects."""
    own = world.json("GET", "/tenant", key=key)
    other, other_key = world.tenant("globex")
    for name in (own["id"], own["slug"]):
        assert world.ask("GET", "/tools", key=key, headers=[("tenant", name)]).status == 200
    for name in (other["id"], other["slug"], "nobody", "ACME", ""):
        assert code(world.ask("GET", "/tools", key=key, headers=[("tenant", name)])) == (403, "tenant-mismatch")
    assert world.json("GET", "/tenant", key=other_key, headers=[("tenant", "globex")])["slug"] == "globex"


def test_two_tenant_headers_are_refused(world: World, key: str) -> None:
    """Two lines, or one with a comma, are 400 on every tier; an underscore spelling does not exist."""
    assert code(world.ask("GET", "/tools", key=key, headers=[("tenant", "acme"), ("tenant", "acme")])) == (400, "malformed-header")
    assert code(world.ask("GET", "/tools", key=key, headers=[("tenant", "acme,acme")])) == (400, "malformed-header")
    assert world.ask("GET", "/tools", key=key, headers=[("x_tenant", "globex")]).status == 200


def test_platform_and_tenant_operations_keep_apart(world: World, key: str) -> None:
    """A tenant's key on a platform path is 403 whatever the id is; a platform key needs a tenant elsewhere, and no header gives it one."""
    platform = world.platform_key()
    for path in ("/platform/tenants", "/platform/tenants/nonsense"):
        assert code(world.ask("GET", path, key=key)) == (403, "platform-only")
    assert code(world.ask("GET", "/tools", key=platform)) == (403, "tenant-required")
    assert code(world.ask("GET", "/tools", key=platform, headers=[("tenant", "acme")])) == (403, "tenant-required")
    assert code(world.ask("GET", "/platform/tenants", key=platform, headers=[("tenant", "acme")])) == (403, "tenant-mismatch")


@pytest.mark.parametrize(("action", "expected"), [("suspend", "tenant-suspended"), ("close", "tenant-closed")])
def test_a_suspended_or_closed_tenant_is_refused_at_once(world: World, key: str, action: str, expected: str) -> None:
    """Every operation of the tenant is 403 with the code of the state, from the commit on."""
    assert world.ask("GET", "/tools", key=key).status == 200
    (tenant,) = (row for row in world.storage.rows(Tenant) if row["slug"] == "acme")
    platform = world.platform_key()
    path = f"/platform/tenants/{tenant['id']}"
    tag = str(header(world.ask("GET", path, key=platform), "etag"))
    assert world.ask("POST", f"{path}/{action}", key=platform, body={}, headers=[("if-match", tag)]).status == 200
    for method, target, more in (("GET", "/tools", {}), ("POST", "/tools", {"body": {"name": "saw"}}), ("GET", "/tenant", {})):
        assert code(world.ask(method, target, key=key, **more)) == (403, expected)
    assert world.ask("GET", path, key=platform).status == 200


# ---------------------------------------------------------------- version and permission


def test_the_version_is_the_headers_else_the_newest() -> None:
    """The header chooses among those supported, and the answer echoes what was chosen."""
    world = World(versions=("2026-01-01", "2026-11-01"))
    assert header(world.ask("GET", "/greeting"), "api-version") == "2026-11-01"
    assert header(world.ask("GET", "/greeting", headers=[("api-version", "2026-01-01")]), "api-version") == "2026-01-01"


@pytest.mark.parametrize("asked", ["2025-01-01", "2026-1-1", "latest", "", "2026-11-01T00:00:00Z"])
def test_an_unsupported_version_is_refused(world: World, asked: str) -> None:
    """400 with the supported ones in ``params``."""
    reply = world.ask("GET", "/greeting", headers=[("api-version", asked)])
    assert (code(reply), problem(reply)["params"]) == ((400, "unknown-version"), {"supported": ["2026-11-01"]})


class Clerk:
    """An authenticator for one caller with few permissions and a pinned version."""

    def __init__(self, *, permissions: frozenset[str], pin: str | None, tenant_pin: str | None) -> None:
        self.caller = Caller(
            principal=Principal(id="clerk", side="tenant", tenant_id=TENANT, permissions=permissions, version_pin=pin),
            tenant=TenantState(id=TENANT, slug="acme", plan="free", status="active", version_pin=tenant_pin),
        )

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        """The clerk, whatever the credential says."""
        return self.caller


def clerked(*permissions: str, pin: str | None = None, tenant_pin: str | None = None) -> World:
    """A kernel whose every caller is a clerk; the component that supplies the port last decides."""
    clerk = Clerk(permissions=frozenset(permissions), pin=pin, tenant_pin=tenant_pin)
    desk = Component(name="desk", package="tests.kernel.test_stages", services=(Service(Authenticator, lambda _: clerk),))
    return World(components=(TENANCY, workshop(Accident()), desk), versions=("2026-01-01", "2026-06-01", "2026-11-01"))


TENANT = "ten_01h455vb4pex5vsknk084sn02q"


def test_a_missing_permission_is_named() -> None:
    """403 with the permission in ``params``, before the body is looked at; what is held is enough for the rest."""
    world = clerked(READ)
    assert world.ask("GET", "/tools", key="x").status == 200
    refused = world.ask("POST", "/tools", key="x", body=b"{")
    assert (code(refused), problem(refused)["params"]) == ((403, "permission-missing"), {"permission": WRITE})


def test_a_use_case_may_ask_for_more() -> None:
    """``Context.require`` refuses like the pipeline, and ``Principal.allows`` tells."""
    world = clerked(WRITE)
    operation = msgspec.structs.replace(
        world.kernel.registry.by_id["workshop.greeting"], use_case=_asks_for_more, scope="tenant", permission=WRITE
    )
    desk = world.components[2]
    strict = World(components=(TENANCY, msgspec.structs.replace(world.components[1], operations=(operation,)), desk))
    refused = strict.ask("GET", "/greeting", key="x")
    assert (code(refused), problem(refused)["params"]) == ((403, "permission-missing"), {"permission": READ})


async def _asks_for_more(context: Context) -> Fault:
    context.require(WRITE)
    context.require(READ)
    return Fault()


@pytest.mark.parametrize(
    ("pin", "tenant_pin", "asked", "expected"),
    [
        (None, None, [], "2026-11-01"),
        (None, "2026-01-01", [], "2026-01-01"),
        ("2026-06-01", "2026-01-01", [], "2026-06-01"),
        ("2026-06-01", "2026-01-01", [("api-version", "2026-11-01")], "2026-11-01"),
    ],
)
def test_pins_choose_the_version_where_the_header_does_not(
    pin: str | None, tenant_pin: str | None, asked: list[tuple[str, str]], expected: str
) -> None:
    """Header, else the credential's pin, else the tenant's, else the newest."""
    world = clerked(READ, pin=pin, tenant_pin=tenant_pin)
    assert header(world.ask("GET", "/tools", key="x", headers=asked), "api-version") == expected
