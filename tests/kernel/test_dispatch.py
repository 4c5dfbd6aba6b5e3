"""The pipeline as a whole: what one request goes through and what every answer carries."""

import asyncio

import msgspec
import pytest

from kingpost.kernel import dispatch
from kingpost.kernel.call import Call
from kingpost.kernel.driving import drive
from kingpost.kernel.wire import RawRequest
from tests.kernel.workshop import Fault, Tool, new_tool
from tests.kernel.world import World, code, header, problem


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def key(world: World) -> str:
    """The key of a tenant."""
    return world.tenant("acme")[1]


def test_a_row_is_created_read_changed_listed_and_removed(world: World, key: str) -> None:
    """The five verbs work end to end, each with the headers of its contract."""
    made = world.ask("POST", "/tools", key=key, body={"name": "saw", "shelf": 2})
    saw = msgspec.json.decode(made.body)
    assert made.status == 201
    assert header(made, "location") == f"/tools/{saw['id']}"
    assert header(made, "cache-control") == "private, no-cache"
    tag = header(made, "etag")
    assert tag is not None
    read = world.ask("GET", f"/tools/{saw['id']}", key=key)
    assert (read.status, read.body, header(read, "etag")) == (200, made.body, tag)
    changed = world.ask("PATCH", f"/tools/{saw['id']}", key=key, body={"shelf": 3}, headers=[("if-match", tag)])
    assert (changed.status, msgspec.json.decode(changed.body)) == (200, {**saw, "shelf": 3, "version": 2})
    assert world.json("GET", "/tools?shelf=3", key=key) == {"items": [msgspec.json.decode(changed.body)], "next_cursor": None}
    assert code(world.ask("DELETE", f"/tools/{saw['id']}", key=key, headers=[("if-match", tag)])) == (412, "stale-version")
    removed = world.ask("DELETE", f"/tools/{saw['id']}", key=key, headers=[("if-match", str(header(changed, "etag")))])
    assert (removed.status, removed.body, header(removed, "content-type"), header(removed, "content-length")) == (204, b"", None, None)
    assert code(world.ask("GET", f"/tools/{saw['id']}", key=key)) == (404, "not-found")


def test_every_answer_carries_the_headers_of_the_contract(world: World, key: str) -> None:
    """Success and refusal alike carry security headers, Vary, the request id and the version."""
    for reply in (
        world.ask("GET", "/tools", key=key),
        world.ask("GET", "/nowhere"),
        world.ask("OPTIONS", "/tools"),
        world.ask("GET", "/livez"),
    ):
        assert header(reply, "x-content-type-options") == "nosniff"
        assert header(reply, "x-frame-options") == "DENY"
        assert header(reply, "referrer-policy") == "no-referrer"
        assert header(reply, "content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
        assert header(reply, "vary") == "Authorization, Tenant, API-Version"
        assert header(reply, "api-version") == "2026-11-01"
        assert header(reply, "request-id")


def test_a_refusal_is_a_problem_document(world: World) -> None:
    """The document names its page under the mount, repeats the request id and is never stored by a cache."""
    reply = world.ask("GET", "/tools", mount="/backend/api", headers=[("request-id", "r-1")])
    assert problem(reply) == {
        "type": "/backend/api/problems/unauthenticated",
        "title": "Valid credentials are required.",
        "status": 401,
        "detail": "Valid credentials are required.",
        "code": "unauthenticated",
        "request_id": "r-1",
    }
    assert header(reply, "cache-control") == "no-store"
    assert header(reply, "www-authenticate") == "Bearer"
    assert header(reply, "content-length") == str(len(reply.body))


def test_head_is_get_without_its_body(world: World, key: str) -> None:
    """HEAD has the status and all headers of GET, the length included, for success and refusal."""
    for path in ("/tools", "/tools/tol_nothing", "/openapi.json", "/livez"):
        get = world.ask("GET", path, key=key, headers=[("request-id", "same")])
        head = world.ask("HEAD", path, key=key, headers=[("request-id", "same")])
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_another_tenants_row_looks_like_no_row(world: World, key: str) -> None:
    """An id of another tenant, an id of nobody and a malformed id give the same bytes."""
    other = world.tenant("globex")[1]
    theirs = world.json("POST", "/tools", key=other, body={"name": "saw"})["id"]
    nobody = "tol_01h455vb4pex5vsknk084sn02q"
    answers = [
        world.ask("GET", f"/tools/{id_}", key=key, headers=[("request-id", "same")])
        for id_ in (theirs, nobody, "tol_x", theirs.upper(), "x")
    ]
    assert {(answer.status, answer.headers, answer.body) for answer in answers} == {(404, answers[0].headers, answers[0].body)}


def test_each_request_is_counted_under_its_operation(world: World, key: str) -> None:
    """Known operations are series of their own; unknown paths and refused methods are one."""
    world.metrics.answers.clear()
    world.ask("GET", "/tools", key=key)
    world.ask("GET", "/tools")
    world.ask("GET", "/no/such/path")
    world.ask("GET", "/no/other/path")
    counted = {series: count for series, (count, _) in world.metrics.answers.items()}
    assert counted == {("workshop.tools.list", "GET", 200): 1, ("workshop.tools.list", "GET", 401): 1, ("unknown", "GET", 404): 2}


def test_methods_of_a_clients_invention_are_one_series(world: World) -> None:
    """Neither the exposition nor what stands behind it grows with them, whatever implements the port."""
    world.metrics.answers.clear()
    for number in range(20):
        world.ask(f"METHOD{number}", "/tools")
    assert {method for _, method, _ in world.metrics.answers} == {"other"}


def test_the_log_line_names_ids_and_no_path(world: World, key: str) -> None:
    """One line per request: operation, status, tenant and principal; neither path nor query, which may name people."""
    tenant = world.json("GET", "/tenant", key=key)
    world.log.lines.clear()
    trace = "0af7651916cd43dd8448eb211c80319c"
    world.ask("GET", "/tools?shelf=77", key=key, headers=[("request-id", "r-2"), ("traceparent", f"00-{trace}-b7ad6b7169203331-01")])
    (line,) = world.log.events("request")
    assert line.fields["microseconds"] == 0
    assert {name: line.fields[name] for name in ("request_id", "trace_id", "operation", "method", "status", "tenant")} == {
        "request_id": "r-2",
        "trace_id": trace,
        "operation": "workshop.tools.list",
        "method": "GET",
        "status": 200,
        "tenant": tenant["id"],
    }
    assert str(line.fields["principal"]).startswith("key_")
    assert "77" not in str(line.fields)
    assert key not in str(line.fields)


def test_the_access_log_can_be_turned_off() -> None:
    """``access_log=False`` leaves the line out."""
    world = World(access_log=False)
    world.ask("GET", "/greeting")
    assert world.log.lines == []


def test_a_unit_of_work_sees_its_own_writes(world: World, key: str) -> None:
    """The use case writes and the row is there once, after the commit."""
    world.accident.happen = lambda context: Fault(name="done")
    assert world.json("POST", "/accident", key=key, body={"name": "drill"}) == {"name": "done"}
    assert [row["name"] for row in world.storage.rows(Tool)] == ["drill"]


def test_on_commit_runs_after_the_commit_and_never_after_a_rollback(world: World, key: str) -> None:
    """What must follow the commit waits for it."""
    seen: list[int] = []

    def happen(context: object) -> object:
        context.on_commit(lambda: seen.append(len(world.storage.rows(Tool))))  # type: ignore[attr-defined]
        assert seen == []
        return Fault() if not world.storage.rows(Tool) else {"rate": float("inf")}

    world.accident.happen = happen
    assert world.ask("POST", "/accident", key=key, body={}).status == 200
    assert world.ask("POST", "/accident", key=key, body={"name": "other"}).status == 500
    assert seen == [1]


def test_a_deadline_that_has_passed_is_a_timeout(world: World, key: str) -> None:
    """The deadline is data: a use case that asks for it, and every statement, refuses with 503 once it is over."""

    def happen(context: object) -> object:
        context.check_deadline()  # type: ignore[attr-defined]
        world.clock.advance(31)
        context.check_deadline()  # type: ignore[attr-defined]
        return Fault()

    world.accident.happen = happen
    assert code(world.ask("POST", "/accident", key=key, body={})) == (503, "timeout")
    world.accident.happen = lambda context: world.clock.advance(31) or Fault()
    assert code(world.ask("POST", "/accident", key=key, body={})) == (503, "timeout")
    assert world.storage.rows(Tool) == ()


def test_the_same_coroutine_answers_under_a_loop(world: World, key: str) -> None:
    """Driven or awaited, the bytes are the same: one colour."""
    request = world.request("GET", "/tools", key=key, headers=[("request-id", "same")])
    assert asyncio.run(world.kernel.answer(request)) == drive(world.kernel.answer(request))


def test_nothing_of_a_request_reaches_the_next(world: World, key: str) -> None:
    """A kernel is immutable: an anonymous request after an authenticated one is anonymous."""
    assert world.ask("GET", "/tools", key=key).status == 200
    assert code(world.ask("GET", "/tools")) == (401, "unauthenticated")
    assert world.json("GET", "/greeting", key=key) == {"name": "anonymous"}


def test_an_empty_request_is_answered(world: World) -> None:
    """No header at all, no path worth the name: still a problem document."""
    for path in (b"", b"*", b"no-slash"):
        reply = drive(world.kernel.answer(RawRequest(method="GET", path=path, query=b"", headers=(), body=b"")))
        assert reply.status == 400
        assert problem(reply)["request_id"] == header(reply, "request-id")


def test_a_use_case_without_tenant_or_unit_is_told_so(world: World) -> None:
    """A public operation has no tenant, and what follows the commit runs at once where nothing is open."""
    seen: list[str] = []

    async def inspect(context: object) -> Fault:
        with pytest.raises(LookupError, match="no tenant"):
            new_tool(context, "saw")  # type: ignore[arg-type]
        context.on_commit(lambda: seen.append("at once"))  # type: ignore[attr-defined]
        return Fault()

    operation = msgspec.structs.replace(world.kernel.registry.by_id["workshop.greeting"], use_case=inspect)
    components = (world.components[0], msgspec.structs.replace(world.components[1], operations=(operation,)))
    assert World(components=components).ask("GET", "/greeting").status == 200
    assert seen == ["at once"]


def test_a_pipeline_without_an_answer_is_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last stage always answers; were it missing, the request would be a 500. Until a path is matched the operation is unknown."""
    request = world.request("GET", "/greeting")
    assert Call(world.kernel, request).plan.operation.id == "unknown"
    monkeypatch.setattr(dispatch, "STAGES", dispatch.STAGES[:-1])
    assert code(drive(world.kernel.answer(request))) == (500, "internal-error")
