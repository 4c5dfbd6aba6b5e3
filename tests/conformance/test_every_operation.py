"""What holds for every operation, generated from the registry on every target (isolation T01, T04 to T06, T09, T13; spec http, attacks 1 to 8, 16, 17, 19, 49).

It knows how operations are declared; a new operation is asked all of this without a change here.
"""

from collections.abc import Callable, Iterable

import pytest

from kingpost.conformance.bench import Trapped
from kingpost.conformance.cases import fresh
from kingpost.conformance.cases.case import Pairs
from kingpost.conformance.cases.player import SECRET_OF_THE_INSIDE, Unforeseen
from kingpost.conformance.target import Target
from kingpost.conformance.world import CANARY, World
from kingpost.kernel.errors import Timeout, Unavailable
from kingpost.kernel.operations import Operation
from tests.conformance.operations import (
    CLOSED,
    OF_TENANTS,
    OF_THE_PLATFORM,
    OPERATIONS,
    asked,
    body_of,
    id_kind,
    key_for,
    pointers,
    references,
    refusal,
    rows,
    target_of,
)
from tests.conformance.targets import MemoryTarget

WORLDS: dict[str, tuple[World, tuple[object, ...]]] = {}
"""Of each target the world and its rows, as they were made."""

FORGED = {"tenant_id": "ten_01h455vb4pex5vsknk084sn02q", "id": "x", "version": 7, "created_at": "2026-01-01T00:00:00Z", "is_staff": True}
STALE = '"x-1"'
KNOWN_FROM_B: Pairs = (("if-none-match", "<b.product.etag>"),)
TAGS = (None, "*", STALE, "<b.product.etag>", "W/<b.product.etag>", "<b.etag>")


def every(operations: Iterable[Operation]) -> pytest.MarkDecorator:
    """Ask it of each of the operations."""
    return pytest.mark.parametrize("operation", tuple(operations), ids=lambda operation: operation.id)


@pytest.fixture
def world(target: Target) -> World:
    """The target's world, as it was made; made again where a test has changed it."""
    if target.name not in WORLDS or WORLDS[target.name][1] != rows(target):
        WORLDS[target.name] = (fresh(target), rows(target))
    return WORLDS[target.name][0]


def check_foreign_is_absent(target: Target, world: World, operation: Operation) -> None:
    """Another tenant's id in the path is answered like one that never was, whatever else is sent, and no row changes."""
    before = rows(target)
    tags = TAGS if operation.if_match else TAGS[:1]
    tried: list[tuple[str, str | None, Pairs]] = [(operation.method, etag, ()) for etag in tags]
    tried += [(method, STALE, KNOWN_FROM_B) for method in (operation.method, "HEAD", "OPTIONS", "PUT")]
    for method, etag, headers in tried:
        absent = target.send(asked(operation, world, whose="absent", method=method, etag=etag, headers=headers))
        foreign = target.send(asked(operation, world, whose="b", method=method, etag=etag, headers=headers))
        assert foreign == absent, (operation.id, method, etag, headers)
        assert CANARY not in str(foreign)
    assert rows(target) == before


def check_state_is_refused(target: Target, world: World, operation: Operation, kind: str) -> None:
    """A tenant that is not active is refused with the code of its state, whatever it asks about, and no row changes."""
    before = rows(target)
    refused = [target.send(asked(operation, world, whose=whose, key=f"{kind}.key")) for whose in ("a", "absent", "malformed")]
    assert [refusal(reply) for reply in refused] == [(403, f"tenant-{kind}")] * 3
    assert refused[1:] == refused[:-1]
    assert target.send(asked(operation, world, key=f"{kind}.key", body=b"{", etag=None)) == refused[0]
    assert rows(target) == before


OF_OBJECTS = tuple(operation for operation in OF_TENANTS if id_kind(operation) is not None)


@every(OF_OBJECTS)
def test_another_tenants_object_is_like_none(target: Target, world: World, operation: Operation) -> None:
    """Another tenant's id in the path is answered like one that never was: equal status, headers and bytes, whatever method and tags are sent."""
    check_foreign_is_absent(target, world, operation)
    assert target.send(asked(operation, world, whose="malformed")) == target.send(asked(operation, world, whose="absent"))


@every(OF_OBJECTS)
def test_another_tenants_object_is_asked_for_in_the_same_way(
    memory_target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    """The calls of the store are the same for a foreign and an absent id, so that the time it takes tells nothing."""
    world, calls = fresh(memory_target), list[str]()
    stumble: Callable[[Trapped, str], None] = Trapped.stumble
    monkeypatch.setattr(Trapped, "stumble", lambda trap, call: (calls.append(call), stumble(trap, call)))
    seen: list[tuple[str, ...]] = []
    memory_target.send(asked(operation, world))  # from now on the credential is remembered
    for whose in ("absent", "b"):
        calls.clear()
        memory_target.send(asked(operation, world, whose=whose))
        seen.append(tuple(calls))
    assert seen[0] == seen[1] != ()


@every(OPERATIONS)
def test_no_operation_takes_another_rows_id_unseen(operation: Operation) -> None:
    """Ids come in paths alone; an operation that takes one in its body or query needs a case with another tenant's (isolation T03, T06)."""
    assert references(operation) == ()


@pytest.mark.parametrize("kind", ["suspended", "closed"])
@every(OF_TENANTS)
def test_a_tenant_that_is_not_active_is_refused(target: Target, world: World, operation: Operation, kind: str) -> None:
    """A suspended and a closed tenant are refused with a code of their own, before anything else of the request is looked at."""
    check_state_is_refused(target, world, operation, kind)


@pytest.mark.parametrize("kind", ["suspended", "closed"])
@every(OF_THE_PLATFORM)
def test_a_platform_path_is_closed_to_every_tenant(target: Target, world: World, operation: Operation, kind: str) -> None:
    """403 ``platform-only`` with one body, whatever the id and whatever the state of the tenant that asks."""
    before = rows(target)
    for key in ("a.key", f"{kind}.key"):
        answers = [target.send(asked(operation, world, whose=whose, key=key)) for whose in ("a", "b", "absent", "malformed")]
        assert [refusal(answer) for answer in answers] == [(403, "platform-only")] * 4
        assert answers[1:] == answers[:-1]
    assert rows(target) == before


@every(OF_TENANTS)
def test_a_tenants_path_needs_a_tenants_credential(target: Target, world: World, operation: Operation) -> None:
    """403 ``tenant-required`` for the platform's key, with a Tenant header too."""
    for headers in ((), (("tenant", "<a.id>"),)):
        assert refusal(target.send(asked(operation, world, key="platform.key", headers=headers))) == (403, "tenant-required")


@every(CLOSED)
def test_nobody_is_refused_before_anything_is_looked_at(target: Target, world: World, operation: Operation) -> None:
    """401 with a challenge for no credential and for a wrong one, with one body each, whatever the id and the body are."""
    for key in (None, "absent.product"):
        answers = [target.send(asked(operation, world, whose=whose, key=key)) for whose in ("a", "absent", "malformed")]
        answers.append(target.send(asked(operation, world, key=key, body=b"{", etag=None)))
        assert {refusal(answer) for answer in answers} == {(401, "unauthenticated")}
        assert answers[1:] == answers[:-1]
        assert (answers[0].one("www-authenticate") or "").startswith("Bearer")


@every(CLOSED)
def test_naming_another_tenant_is_refused(target: Target, world: World, operation: Operation) -> None:
    """The header Tenant must agree on every operation: another tenant, in id and slug, and one that is not there are told alike."""
    named_ones = ("<b.id>", "<b.slug>", "<absent.tenant>", "")
    answers = [target.send(asked(operation, world, key=key_for(operation), headers=(("tenant", name),))) for name in named_ones]
    assert [refusal(answer) for answer in answers] == [(403, "tenant-mismatch")] * 4
    assert answers[1:] == answers[:-1]


@every(operation for operation in OPERATIONS if operation.body is not None)
def test_what_the_server_owns_cannot_be_sent(target: Target, world: World, operation: Operation) -> None:
    """Each field that is not declared is named in a 422, and no row changes."""
    before = rows(target)
    reply = target.send(asked(operation, world, key=key_for(operation), body=body_of(operation, **FORGED)))
    assert refusal(reply) == (422, "invalid")
    assert pointers(reply) == [f"/{name}" for name in FORGED]
    assert rows(target) == before


@every(operation for operation in OPERATIONS if not operation.probe)
def test_a_parameter_that_is_not_declared_is_refused(target: Target, world: World, operation: Operation) -> None:
    """A filter that names another tenant is 422, and one that names a tenant that is not there is told alike."""
    path = target_of(operation, whose="a")
    answers = [
        target.send(asked(operation, world, key=key_for(operation), path=f"{path}?tenant_id={id_}"))
        for id_ in ("<b.id>", "<absent.tenant>")
    ]
    assert answers[0] == answers[1]
    assert (answers[0].status, pointers(answers[0])) == (422, ["query:tenant_id"])


@every(OPERATIONS)
def test_a_path_knows_its_methods(target: Target, world: World, operation: Operation) -> None:
    """OPTIONS needs no credential and lists HEAD where there is GET; every other method is 405 with the same sorted Allow."""
    allow = target.send(asked(operation, world, key=None, method="OPTIONS", body=b"")).one("allow") or ""
    methods = allow.split(", ")
    assert methods == sorted(methods)
    assert {operation.method, "OPTIONS"} <= set(methods)
    assert ("HEAD" in methods) == ("GET" in methods)
    for method in sorted({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(methods)):
        refused = target.send(asked(operation, world, key=None, method=method, body=b""))
        assert (refused.status, refused.one("allow")) == (405, allow)


@every(OPERATIONS)
def test_a_path_is_exact(target: Target, world: World, operation: Operation) -> None:
    """A slash more, a doubled one, another case and a matrix parameter are other paths: 404, without a redirect and before authentication."""
    path = target_of(operation, whose="a")
    first, slash, rest = path[1:].partition("/")
    for other in (f"{path}/", f"/{path}", f"/{first.upper()}{slash}{rest}", f"/{first};a=b{slash}{rest}", f"/./{first}{slash}{rest}"):
        assert refusal(target.send(asked(operation, world, key=None, path=other))) == (404, "not-found"), other


@every(CLOSED)
def test_an_unforeseen_error_tells_nothing_and_changes_nothing(target: Target, operation: Operation) -> None:
    """500 with the request id, nothing of the inside, and every row as it was, wherever the first call of the store fails."""
    assert target.door is not None
    world = fresh(target)
    before = rows(target)
    for call in ("get", "find", "insert", "replace", "remove"):
        target.door.fail_next(call, Unforeseen(SECRET_OF_THE_INSIDE))
    reply, after = target.send(asked(operation, world, key=key_for(operation))), rows(target)
    WORLDS[target.name] = (fresh(target), rows(target))
    assert refusal(reply) == (500, "internal-error")
    assert set(reply.json()) == {"type", "title", "status", "detail", "code", "request_id"}
    assert SECRET_OF_THE_INSIDE not in str(reply)
    assert Unforeseen.__name__ not in str(reply)
    assert after == before


@pytest.mark.parametrize(("condition", "code"), [(Unavailable, "unavailable"), (Timeout, "timeout")], ids=["unavailable", "timeout"])
@every(CLOSED)
def test_a_store_that_cannot_answer_is_503(target: Target, operation: Operation, condition: type[Unavailable], code: str) -> None:
    """503 says when to come back, on every operation, and no row changes."""
    assert target.door is not None
    world = fresh(target)
    before = rows(target)
    for call in ("get", "find", "insert", "replace", "remove"):
        target.door.fail_next(call, condition())
    reply, after = target.send(asked(operation, world, key=key_for(operation))), rows(target)
    WORLDS[target.name] = (fresh(target), rows(target))
    assert refusal(reply) == (503, code)
    assert reply.one("retry-after") == "1"
    assert after == before
