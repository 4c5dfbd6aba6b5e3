"""Laws of the command groups that work on a kernel: what they do, what they print, and what they refuse."""

import json
import stat
from pathlib import Path
from types import ModuleType

import pytest

from kingpost.adapters.runtime.commands import bootstrap, graph, key, openapi, routes, tenant
from kingpost.kernel.errors import ConfigurationError, Conflict, Invalid, KernelError, NotFound
from kingpost.kernel.tenancy import AccessKey, Tenant

from .desk import Desk


@pytest.fixture
def desk() -> Desk:
    """An empty platform."""
    return Desk()


@pytest.fixture
def acme(desk: Desk) -> str:
    """The key of a tenant called acme."""
    (made,) = desk.json(tenant, "create", "acme", "Acme Ltd", "--host", "acme.example")
    return str(made["key"])


def test_a_created_tenant_can_call_with_the_printed_key(desk: Desk, acme: str) -> None:
    """The key in the output is the tenant's first."""
    reply = desk.get("/tenant", acme)
    assert reply.status == 200
    assert json.loads(reply.body)["hosts"] == ["acme.example"]


def test_a_tenant_is_shown_by_id_and_by_slug(desk: Desk, acme: str) -> None:
    """Both name it."""
    (by_slug,) = desk.json(tenant, "show", "acme")
    (by_id,) = desk.json(tenant, "show", str(by_slug["id"]))
    assert by_id == by_slug
    assert "Acme Ltd" in desk.run(tenant, "show", "acme")


def test_tenants_are_listed_whole_and_by_status(desk: Desk) -> None:
    """More than one page comes out as one list."""
    for number in range(203):
        desk.run(tenant, "create", f"tenant{number}", "Tenant")
    desk.run(tenant, "suspend", "tenant7")
    assert len(desk.json(tenant, "list")) == 203
    assert [row["slug"] for row in desk.json(tenant, "list", "--status", "suspended")] == ["tenant7"]
    head, *rows = desk.run(tenant, "list").splitlines()
    assert head.split() == ["ID", "SLUG", "NAME", "PLAN", "STATUS", "HOSTS"]
    assert len(rows) == 203


def test_an_update_changes_only_what_is_named(desk: Desk, acme: str) -> None:
    """Everything else stays, and the version grows."""
    (before,) = desk.json(tenant, "show", "acme")
    (after,) = desk.json(tenant, "update", "acme", "--plan", "team")
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"plan", "updated_at", "version"}
    assert (after["plan"], after["version"]) == ("team", 2)


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        ([["suspend", "--reason", "invoice"]], "suspended"),
        ([["suspend"], ["resume"]], "active"),
        ([["close", "--grace-days", "3"]], "closed"),
        ([["close"], ["reopen"]], "active"),
    ],
)
def test_every_verb_moves_the_tenant(desk: Desk, acme: str, verbs: list[list[str]], status: str) -> None:
    """The state is that of the state machine, and calls obey it at once."""
    for verb, *options in verbs:
        desk.run(tenant, verb, "acme", *options)
    assert desk.json(tenant, "show", "acme")[0]["status"] == status
    assert (desk.get("/tenant", acme).status == 200) is (status == "active")


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("create", "Bad_Slug", "x"), Invalid),
        (("create", "admin", "x"), Invalid),
        (("create", "acme", "again"), Conflict),
        (("update", "acme", "--slug", "A"), Invalid),
        (("update", "nobody", "--name", "x"), NotFound),
        (("show", "nobody"), NotFound),
        (("show", "ten_nonsense"), NotFound),
        (("resume", "acme"), Conflict),
        (("close", "acme", "--grace-days", "-1"), Invalid),
    ],
)
def test_what_the_api_refuses_the_command_refuses(desk: Desk, acme: str, argv: tuple[str, ...], error: type[KernelError]) -> None:
    """The same grammar and the same rules, and nothing is changed."""
    before = desk.storage.rows(Tenant)
    with pytest.raises(error):
        desk.run(tenant, *argv)
    assert desk.storage.rows(Tenant) == before


def test_an_issued_platform_key_works_until_it_is_revoked(desk: Desk) -> None:
    """Issue, list, revoke."""
    (issued,) = desk.json(key, "issue", "--platform")
    assert desk.get("/platform/tenants", str(issued["key"])).status == 200
    (listed,) = desk.json(key, "list", "--platform")
    assert (listed["id"], listed["owner"], listed["state"]) == (issued["id"], "platform", "valid")
    assert str(issued["key"]).startswith(str(listed["key"]).removesuffix("..."))
    desk.run(key, "revoke", str(issued["id"]))
    assert desk.get("/platform/tenants", str(issued["key"])).status == 401
    assert desk.json(key, "list", "--platform")[0]["state"] == "ended"


def test_a_rotated_key_lives_on_for_the_overlap(desk: Desk, acme: str) -> None:
    """Both keys work during the overlap, then only the new one."""
    (old,) = desk.json(key, "list", "--tenant", "acme")
    (new,) = desk.json(key, "rotate", str(old["id"]), "--overlap", "1h")
    assert [desk.get("/tenant", each).status for each in (acme, str(new["key"]))] == [200, 200]
    desk.clock.advance(3601)
    assert [desk.get("/tenant", each).status for each in (acme, str(new["key"]))] == [401, 200]


def test_a_key_may_expire(desk: Desk, acme: str) -> None:
    """``--expires-in`` ends it by itself."""
    (issued,) = desk.json(key, "issue", "--tenant", "acme", "--expires-in", "30m")
    assert desk.get("/tenant", str(issued["key"])).status == 200
    desk.clock.advance(1801)
    assert desk.get("/tenant", str(issued["key"])).status == 401


def test_the_whole_key_is_printed_only_when_it_is_made(desk: Desk, acme: str) -> None:
    """Neither list nor table holds the secret part, nor does the database."""
    assert acme not in desk.run(key, "list", "--tenant", "acme")
    assert acme not in json.dumps(desk.json(key, "list", "--tenant", "acme"))
    assert acme[20:60] not in repr(desk.storage.rows(AccessKey))


@pytest.mark.parametrize("verb", ["rotate", "revoke"])
@pytest.mark.parametrize("named", ["key_nonsense", "key_01h455vb4pex5vsknk084sn02q", "kp_t_secret"])
def test_an_unknown_key_is_refused_and_a_secret_is_not_repeated(desk: Desk, verb: str, named: str) -> None:
    """Somebody may paste a whole key where its id belongs."""
    with pytest.raises(NotFound) as refused:
        desk.run(key, verb, named)
    assert "key list" in refused.value.detail
    assert "kp_t_secret" not in refused.value.detail


def test_bootstrap_makes_one_platform_key(desk: Desk, tmp_path: Path) -> None:
    """The first time it writes the key, every other time it changes nothing."""
    file = tmp_path / "platform.key"
    desk.run(bootstrap, "--out", str(file))
    made = file.read_text()
    assert desk.get("/platform/tenants", made.strip()).status == 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "nothing was changed" in desk.run(bootstrap, "--out", str(file))
    assert file.read_text() == made
    assert len(desk.storage.rows(AccessKey)) == 1


def test_bootstrap_prints_the_key_without_a_file(desk: Desk) -> None:
    """The output is the key and nothing else."""
    assert desk.get("/platform/tenants", desk.run(bootstrap).strip()).status == 200


def test_bootstrap_makes_no_key_that_it_cannot_write(desk: Desk, tmp_path: Path) -> None:
    """Where the file cannot be written nothing is committed, so a second try can succeed."""
    with pytest.raises(ConfigurationError, match="--out"):
        desk.run(bootstrap, "--out", str(tmp_path / "no" / "file"))
    assert not desk.storage.rows(AccessKey)
    desk.run(bootstrap, "--out", str(tmp_path / "file"))


def test_the_graph_names_stages_components_and_ports(desk: Desk) -> None:
    """Everything that was put together is there."""
    told = desk.run(graph)
    assert "component tenancy" in told
    assert "kingpost_tenancy_tenant" in told
    assert "MemoryStorage" in told


def test_the_routes_are_all_operations(desk: Desk) -> None:
    """One row each, with its path under the prefix."""
    rows = desk.json(routes, "--prefix", "/api")
    assert {row["operation"] for row in rows} == {operation.id for operation in desk.kernel.registry.operations}
    assert all(str(row["path"]).startswith("/api/") for row in rows)
    assert "/tenant " in desk.run(routes)


def test_the_document_is_printed_or_written(desk: Desk, tmp_path: Path) -> None:
    """Both are the kernel's OpenAPI document."""
    desk.run(openapi, "--out", str(tmp_path / "api.json"))
    assert json.loads((tmp_path / "api.json").read_text()) == json.loads(desk.run(openapi))
    with pytest.raises(ConfigurationError, match="--out"):
        desk.run(openapi, "--out", str(tmp_path))


@pytest.mark.parametrize("command", [bootstrap, key, tenant, graph, routes, openapi])
def test_every_command_says_what_it_does(command: ModuleType) -> None:
    """The help line is there for the list of commands."""
    assert command.HELP[0].islower()
    assert not command.HELP.endswith(".")


@pytest.mark.parametrize(("command", "argv"), [(tenant, ("list",)), (key, ("list", "--platform")), (bootstrap, ())])
def test_without_tenancy_the_refusal_says_so(command: ModuleType, argv: tuple[str, ...]) -> None:
    """A kernel without the component has neither tenants nor keys."""
    with pytest.raises(ConfigurationError, match="tenancy is off"):
        Desk(components=()).run(command, *argv)
