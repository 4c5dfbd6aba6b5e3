"""What can be done with tenants, over the API and memory: create, read, list, change, move from state to state."""

from datetime import timedelta

import msgspec

from kingpost.kernel.tenancy import (
    AccessKey,
    HostName,
    Tenant,
)
from tests.kernel.tenancy.acting import change
from tests.kernel.world import World, code, header, problem

GRACE = timedelta(hours=1)


# ---------------------------------------------------------------- create and read


def test_a_tenant_is_made_with_its_first_key(world: World, platform: str) -> None:
    """201 with tag and location; the key works at once and is stored as a digest alone."""
    reply = world.ask("POST", "/platform/tenants", key=platform, body={"slug": "acme", "name": "Acme Ltd"})
    made = msgspec.json.decode(reply.body)
    assert made["tenant"] == {
        "id": made["tenant"]["id"],
        "slug": "acme",
        "name": "Acme Ltd",
        "plan": "free",
        "status": "active",
        "status_reason": None,
        "hosts": [],
        "host_ref": None,
        "purge_after": None,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "version": 1,
    }
    assert header(reply, "location") == f"/platform/tenants/{made['tenant']['id']}"
    assert world.json("GET", "/tenant", key=made["key"]) == made["tenant"]
    assert made["key"][20:-6] not in str(world.storage.rows(AccessKey))


def test_slug_host_and_host_ref_are_taken_once(world: World, platform: str) -> None:
    """Each collision has a code of its own, names nobody, and leaves nothing behind."""
    world.tenant("acme", hosts=["a.example"], host_ref="17")
    before = [world.storage.rows(record) for record in (Tenant, HostName, AccessKey)]
    for fields, expected in (
        ({"slug": "acme"}, "slug-taken"),
        ({"hosts": ["b.example", "a.example"]}, "host-taken"),
        ({"host_ref": "17"}, "host-ref-taken"),
    ):
        reply = world.ask("POST", "/platform/tenants", key=platform, body={"slug": "other", "name": "Other", **fields})
        assert code(reply) == (409, expected)
        assert "params" not in problem(reply)
    assert [world.storage.rows(record) for record in (Tenant, HostName, AccessKey)] == before


def test_reserved_slugs_and_repeated_hosts_are_refused(world: World, platform: str) -> None:
    """Creation and change refuse them alike."""
    acme, _ = world.tenant("acme")
    for fields, pointer in (({"slug": "admin"}, "/slug"), ({"hosts": ["a.example", "a.example"]}, "/hosts/1")):
        refused = world.ask("POST", "/platform/tenants", key=platform, body={"slug": "other", "name": "Other", **fields})
        assert (code(refused), problem(refused)["errors"][0]["pointer"]) == ((422, "invalid"), pointer)
        assert code(change(world, platform, acme["id"], fields)) == (422, "invalid")


def test_tenants_are_listed_in_the_order_of_their_creation(world: World, platform: str) -> None:
    """All, by status, by slug, by host_ref, and by several at once; a page has a cursor where there is more."""
    for number, slug in enumerate(("one", "two", "three")):
        world.clock.advance(1)
        world.tenant(slug, host_ref=f"ref-{number}")
    two = next(row["id"] for row in world.storage.rows(Tenant) if row["slug"] == "two")
    change(world, platform, str(two), {}, "/suspend")

    def slugs(query: str) -> list[str]:
        return [item["slug"] for item in world.json("GET", f"/platform/tenants{query}", key=platform)["items"]]

    assert slugs("") == ["one", "two", "three"]
    assert slugs("?status=active") == ["one", "three"]
    assert slugs("?slug=two") == ["two"]
    assert slugs("?host_ref=ref-2") == ["three"]
    assert slugs("?slug=two&status=suspended&host_ref=ref-1") == ["two"]
    assert slugs("?slug=two&status=active") == slugs("?slug=nobody") == slugs("?slug=one&host_ref=ref-1") == []
    first = world.json("GET", "/platform/tenants?limit=2", key=platform)
    assert [item["slug"] for item in first["items"]] == ["one", "two"]
    assert slugs(f"?limit=2&cursor={first['next_cursor']}") == ["three"]


def test_an_unknown_tenant_is_not_found(world: World, platform: str) -> None:
    """For reading and for every change."""
    path = "/platform/tenants/ten_01h455vb4pex5vsknk084sn02q"
    tag = [("if-match", '"x"')]
    assert code(world.ask("GET", path, key=platform)) == (404, "not-found")
    assert code(world.ask("PATCH", path, key=platform, body={"name": "x"}, headers=tag)) == (404, "not-found")
    assert code(world.ask("POST", f"{path}/resume", key=platform, headers=tag)) == (404, "not-found")


# ---------------------------------------------------------------- change


def test_a_change_touches_what_it_names(world: World, platform: str) -> None:
    """Other fields stay, the version and the time move, a stale tag is refused."""
    acme, _ = world.tenant("acme", hosts=["a.example"], host_ref="17")
    tag = str(header(world.ask("GET", f"/platform/tenants/{acme['id']}", key=platform), "etag"))
    world.clock.advance(5)
    changed = msgspec.json.decode(change(world, platform, acme["id"], {"plan": "team", "host_ref": None}).body)
    assert changed == {**acme, "plan": "team", "host_ref": None, "version": 2, "updated_at": "2026-01-01T00:00:05.000000Z"}
    stale = world.ask("PATCH", f"/platform/tenants/{acme['id']}", key=platform, body={"name": "x"}, headers=[("if-match", tag)])
    assert code(stale) == (412, "stale-version")
    assert world.json("GET", f"/platform/tenants/{acme['id']}", key=platform) == changed


def test_a_change_cannot_take_what_another_has(world: World, platform: str) -> None:
    """Slug, host and host_ref of another tenant are refused, and the tenant stays as it was."""
    acme, _ = world.tenant("acme")
    world.tenant("globex", hosts=["g.example"], host_ref="9")
    for fields, expected in (
        ({"slug": "globex"}, "slug-taken"),
        ({"hosts": ["a.example", "g.example"]}, "host-taken"),
        ({"host_ref": "9"}, "host-ref-taken"),
    ):
        assert code(change(world, platform, acme["id"], fields)) == (409, expected)
    assert world.json("GET", f"/platform/tenants/{acme['id']}", key=platform) == acme
    assert [row["host"] for row in world.storage.rows(HostName)] == ["g.example"]


def test_a_host_moves_from_one_tenant_to_another(world: World, platform: str) -> None:
    """Given up here and claimed there, it serves the new tenant at once, although the old answer was remembered."""
    acme, acme_key = world.tenant("acme", hosts=["shop.example", "keep.example"])
    globex, globex_key = world.tenant("globex")
    assert world.ask("GET", "/tenant", key=acme_key, host="shop.example").status == 200
    assert change(world, platform, acme["id"], {"hosts": ["keep.example", "new.example"]}).status == 200
    assert code(world.ask("GET", "/tenant", key=acme_key, host="shop.example")) == (400, "unknown-host")
    assert change(world, platform, globex["id"], {"hosts": ["shop.example"]}).status == 200
    assert world.ask("GET", "/tenant", key=globex_key, host="shop.example").status == 200
    assert code(world.ask("GET", "/tenant", key=acme_key, host="shop.example")) == (403, "tenant-mismatch")
    assert world.ask("GET", "/tenant", key=acme_key, host="new.example").status == 200
    assert {(row["host"], row["tenant_id"]) for row in world.storage.rows(HostName)} == {
        ("keep.example", acme["id"]),
        ("new.example", acme["id"]),
        ("shop.example", globex["id"]),
    }


def test_states_lead_where_the_machine_says(world: World, platform: str) -> None:
    """Suspend, resume, close, reopen over the API: reasons are shown, a wrong action is 409 with state and action."""
    acme, key = world.tenant("acme")
    suspended = msgspec.json.decode(change(world, platform, acme["id"], {"reason": "invoice overdue"}, "/suspend").body)
    assert (suspended["status"], suspended["status_reason"]) == ("suspended", "invoice overdue")
    again = change(world, platform, acme["id"], {}, "/suspend")
    assert (code(again), problem(again)["params"]) == ((409, "invalid-transition"), {"state": "suspended", "action": "suspend"})
    resumed = msgspec.json.decode(change(world, platform, acme["id"], {}, "/resume").body)
    assert (resumed["status"], resumed["status_reason"]) == ("active", None)
    assert world.ask("GET", "/tenant", key=key).status == 200
    closed = msgspec.json.decode(change(world, platform, acme["id"], {"grace_days": 14}, "/close").body)
    assert (closed["status"], closed["purge_after"]) == ("closed", "2026-01-15T00:00:00.000000Z")
    world.clock.advance(14 * 86_400 - 1)
    platform = world.platform_key()
    reopened = msgspec.json.decode(change(world, platform, acme["id"], {}, "/reopen").body)
    assert (reopened["status"], reopened["purge_after"]) == ("active", None)
    assert change(world, platform, acme["id"], {"grace_days": 1}, "/close").status == 200
    world.clock.advance(86_400)
    assert code(change(world, platform, acme["id"], {}, "/reopen")) == (409, "grace-period-over")
