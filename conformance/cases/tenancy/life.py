"""Cases about the life of a tenant: transitions, the grace period, host names (kernel.tenancy.model; spec isolation, T12, T13)."""

from typing import Final

import msgspec

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, get, one, patch, post
from kingpost.conformance.target import Capability

_DAY: Final = 86_400
_TENANTS: Final = "/platform/tenants"
_STALE: Final = '"01h455vb4pex5vsknk084sn02q-1"'
_SHOP: Final = (("host", "shop-<nonce>.example"),)


def _move(action: str, etag: str | None, expect: Expect, *, tenant: str = "a", body: bytes = b"", advance: float = 0) -> Step:
    return Step(
        method="POST",
        target=f"{_TENANTS}/<{tenant}.id>/{action}",
        key="platform.key",
        body=body,
        headers=() if etag is None else (("if-match", etag),),
        expect=expect,
        save={"etag": "header:etag"} if expect.status == 200 else {},
        advance=advance,
    )


def _moved(action: str, etag: str, status: int, code: str | None = None, *, body: bytes = b"", advance: float = 0) -> Step:
    return _move(action, etag, Expect(status=status, code=code), body=body, advance=advance)


def _grace(name: str, law: str, seconds: float, *after: Step) -> Case:
    """Tenant A is closed with a day to change one's mind; then time passes."""
    return Case(
        id=f"tenancy.grace.{name}",
        law=law,
        steps=(
            get("/specimens/<a.specimen>", 200),
            _moved("close", "<a.etag>", 200, body=b'{"grace_days":1}'),
            get("/specimens/<a.specimen>", 403, "tenant-closed"),
            msgspec.structs.replace(after[0], advance=seconds),
            *after[1:],
        ),
    )


CASES: Final = (
    *(
        Case(
            id=f"tenancy.if-match.{name}",
            law="A tenant is changed under its current tag only.",
            steps=(
                Step(method=method, target=target, key="platform.key", body=body, expect=Expect(status=428, code="precondition-required")),
                Step(
                    method=method,
                    target=target,
                    key="platform.key",
                    body=body,
                    headers=(("if-match", _STALE),),
                    expect=Expect(status=412, code="stale-version", headers={"etag": "<a.etag>"}),
                ),
                Step(
                    method=method,
                    target=target.replace("<a.id>", "<absent.tenant>"),
                    key="platform.key",
                    body=body,
                    headers=(("if-match", _STALE),),
                    expect=Expect(status=404, code="not-found"),
                ),
                get("/tenant", 304, headers=(("if-none-match", "<a.etag>"),)),
            ),
        )
        for name, method, target, body in (
            ("update", "PATCH", f"{_TENANTS}/<a.id>", b"{}"),
            ("suspend", "POST", f"{_TENANTS}/<a.id>/suspend", b"{}"),
            ("resume", "POST", f"{_TENANTS}/<a.id>/resume", b""),
            ("close", "POST", f"{_TENANTS}/<a.id>/close", b"{}"),
            ("reopen", "POST", f"{_TENANTS}/<a.id>/reopen", b""),
        )
    ),
    *(
        one(
            f"tenancy.transition.{state}.{action}",
            f"A tenant that is {state} cannot be {done}, and is told its state.",
            _move(
                action,
                f"<{tenant}.etag>",
                Expect(status=409, code="invalid-transition", fields={"params": {"state": state, "action": action}}),
                tenant=tenant,
                body=b"{}" if action in ("suspend", "close") else b"",
            ),
        )
        for state, tenant, action, done in (
            ("active", "a", "resume", "resumed"),
            ("active", "a", "reopen", "reopened"),
            ("suspended", "suspended", "suspend", "suspended"),
            ("suspended", "suspended", "reopen", "reopened"),
            ("closed", "closed", "suspend", "suspended"),
            ("closed", "closed", "resume", "resumed"),
            ("closed", "closed", "close", "closed"),
        )
    ),
    Case(
        id="tenancy.life",
        law="Suspend, resume, close and reopen: every route follows at once, and one's own rows come back as they were.",
        steps=(
            get("/specimens/<a.specimen>", 200),
            _move(
                "suspend",
                "<a.etag>",
                Expect(status=200, fields={"status": "suspended", "status_reason": "invoice overdue", "version": 2}),
                body=b'{"reason":"invoice overdue"}',
            ),
            get("/specimens/<a.specimen>", 403, "tenant-suspended"),
            get("/specimens", 403, "tenant-suspended"),
            _move("resume", "<etag>", Expect(status=200, fields={"status": "active", "status_reason": None, "version": 3})),
            Step(target="/specimens/<a.specimen>", expect=Expect(status=200, same_as=0)),
            _moved("suspend", "<etag>", 200, body=b"{}"),
            _move("close", "<etag>", Expect(status=200, fields={"status": "closed"}), body=b'{"grace_days":1}'),
            get("/specimens/<a.specimen>", 403, "tenant-closed"),
            _move("reopen", "<etag>", Expect(status=200, fields={"status": "active", "purge_after": None})),
            Step(target="/specimens/<a.specimen>", expect=Expect(status=200, same_as=0)),
        ),
    ),
    Case(
        id="tenancy.life.others",
        law="What happens to one tenant happens to no other.",
        steps=(
            get("/specimens", 200, key="b.key"),
            _moved("suspend", "<a.etag>", 200, body=b"{}"),
            Step(target="/specimens", key="b.key", expect=Expect(status=200, same_as=0)),
            get("/tenant", 200, key="empty.key"),
        ),
    ),
    Case(
        id="tenancy.life.reads-of-platform",
        law="The platform reads and changes a tenant in whatever state it is.",
        steps=(
            Step(target=f"{_TENANTS}/<suspended.id>", key="platform.key", expect=Expect(status=200, fields={"status": "suspended"})),
            Step(target=f"{_TENANTS}/<closed.id>", key="platform.key", expect=Expect(status=200, fields={"status": "closed"})),
            patch(f"{_TENANTS}/<suspended.id>", "<suspended.etag>", b'{"plan":"team"}', Expect(status=200), key="platform.key"),
            get("/tenant", 403, "tenant-suspended", key="suspended.key"),
        ),
    ),
    *(
        one(
            f"tenancy.grace.invalid.{name}",
            "A grace period is a whole number of days, from none to ten years.",
            _move("close", "<a.etag>", Expect(status=422, pointers=("/grace_days",)), body=b'{"grace_days":%s}' % days),
        )
        for name, days in (
            ("negative", b"-1"),
            ("long", b"3651"),
            ("text", b'"1"'),
            ("fraction", b"1.5"),
            ("null", b"null"),
            ("true", b"true"),
        )
    ),
    one(
        "tenancy.reason.empty",
        "A reason is not empty; it is left out.",
        _move("suspend", "<a.etag>", Expect(status=422, pointers=("/reason",), reasons=("too-short",)), body=b'{"reason":""}'),
    ),
    one(
        "tenancy.reason.body",
        "Suspension has a body, though it be empty.",
        _move("suspend", "<a.etag>", Expect(status=415, code="unsupported-media-type")),
    ),
    one(
        "tenancy.reason.no-body",
        "Resumption has none.",
        _move("resume", "<suspended.etag>", Expect(status=400, code="bad-request"), tenant="suspended", body=b"{}"),
    ),
    Case(
        id="tenancy.grace.end",
        law="The end of the grace period is told in UTC, to the day: thirty days where nothing else was said.",
        needs=frozenset({Capability.SEEDED}),
        steps=(
            _move("close", "<a.etag>", Expect(status=200, fields={"purge_after": "2026-12-01T09:30:00.000000Z"}), body=b"{}"),
            _move("reopen", "<etag>", Expect(status=200, fields={"purge_after": None})),
            _move("close", "<etag>", Expect(status=200, fields={"purge_after": "2026-11-02T09:30:00.000000Z"}), body=b'{"grace_days":1}'),
        ),
    ),
    _grace(
        "before-end",
        "A second before the end of the grace period a closed tenant can be reopened with all its rows.",
        _DAY - 1,
        _moved("reopen", "<etag>", 200),
        Step(target="/specimens/<a.specimen>", expect=Expect(status=200, same_as=0)),
    ),
    _grace(
        "at-end",
        "At the end of the grace period a closed tenant stays closed, and is told why.",
        _DAY,
        _moved("reopen", "<etag>", 409, "grace-period-over"),
        get("/specimens/<a.specimen>", 403, "tenant-closed"),
        Step(target=f"{_TENANTS}/<a.id>", key="platform.key", expect=Expect(status=200, fields={"status": "closed"})),
    ),
    Case(
        id="tenancy.grace.none",
        law="A grace period of no days is over at once.",
        steps=(
            _moved("close", "<a.etag>", 200, body=b'{"grace_days":0}'),
            _moved("reopen", "<etag>", 409, "grace-period-over"),
        ),
    ),
    Case(
        id="tenancy.time.cursor",
        law="A page that was asked for a month ago still leads on: a cursor holds a position, not a time.",
        needs=frozenset({Capability.SEEDED}),
        steps=(
            Step(
                target=f"{_TENANTS}?limit=2",
                key="platform.key",
                expect=Expect(status=200, listed={"plan": ("free", "free")}),
                save={"next": "json:next_cursor", "first": "json:items/0/id", "second": "json:items/1/id"},
            ),
            Step(
                target=f"{_TENANTS}?limit=200&cursor=<next>",
                key="platform.key",
                advance=31 * _DAY,
                expect=Expect(status=200, listed={"plan": ("free",) * 3}, fields={"next_cursor": None}, without=("<first>", "<second>")),
            ),
        ),
    ),
    Case(
        id="tenancy.time.key",
        law="A key without an end works after a year.",
        steps=(get("/tenant", 200), Step(advance=366 * _DAY, expect=Expect(status=200, same_as=0))),
    ),
    Case(
        id="tenancy.host.selects",
        law="A host name selects its tenant: its own credential agrees, whatever the case and the port, and another's is refused.",
        tier="edge",
        steps=(
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b'{"slug":"<nonce>-hosted","name":"x","hosts":["shop-<nonce>.example"]}',
                expect=Expect(status=201, fields={"tenant/version": 1}),
                save={"hosted.key": "json:key", "hosted.id": "json:tenant/id"},
            ),
            get("/tenant", 200, key="hosted.key", headers=_SHOP),
            get("/tenant", 200, key="hosted.key", headers=(("host", "SHOP-<nonce>.Example.:443"),)),
            get("/tenant", 200, key="hosted.key"),
            get("/tenant", 403, "tenant-mismatch", headers=_SHOP),
            get("/tenant", 403, "tenant-mismatch", headers=(*_SHOP, ("tenant", "<a.id>"))),
            get("/tenant", 403, "tenant-mismatch", headers=(*_SHOP, ("tenant", "<hosted.id>"))),
            get("/platform/tenants", 403, "tenant-mismatch", key="platform.key", headers=_SHOP),
            get("/tenant", 401, "unauthenticated", key=None, headers=_SHOP),
            get("/openapi.json", 200, key=None, headers=_SHOP),
            get("/tenant", 400, "unknown-host", key="hosted.key", headers=(("host", "a.shop-<nonce>.example"),)),
        ),
    ),
    Case(
        id="tenancy.host.taken",
        law="A host name is claimed once on the platform, and a refused claim leaves no tenant.",
        steps=(
            patch(f"{_TENANTS}/<b.id>", "<b.etag>", b'{"hosts":["shop-<nonce>.example"]}', Expect(status=200), key="platform.key"),
            post(_TENANTS, b'{"slug":"<nonce>-thief","name":"x","hosts":["shop-<nonce>.example"]}', 409, "host-taken", key="platform.key"),
            Step(target=f"{_TENANTS}?slug=<nonce>-thief", key="platform.key", expect=Expect(status=200, fields=EMPTY_PAGE)),
            patch(
                f"{_TENANTS}/<a.id>",
                "<a.etag>",
                b'{"hosts":["other-<nonce>.example","shop-<nonce>.example"],"name":"y"}',
                Expect(status=409, code="host-taken"),
                key="platform.key",
            ),
            Step(expect=Expect(status=200, fields={"hosts": [], "name": "Tenant a", "version": 1})),
            get("/tenant", 400, "unknown-host", headers=(("host", "other-<nonce>.example"),)),
        ),
    ),
    Case(
        id="tenancy.host.moves",
        law="A host name that was given up is served for nobody at once, and then for its new tenant.",
        steps=(
            get("/tenant", 400, "unknown-host", headers=_SHOP),
            patch(
                f"{_TENANTS}/<a.id>",
                "<a.etag>",
                b'{"hosts":["shop-<nonce>.example"]}',
                Expect(status=200),
                key="platform.key",
                save={"etag": "header:etag"},
            ),
            get("/tenant", 200, headers=_SHOP),
            get("/tenant", 403, "tenant-mismatch", key="b.key", headers=_SHOP),
            patch(f"{_TENANTS}/<a.id>", "<etag>", b'{"hosts":[]}', Expect(status=200), key="platform.key"),
            get("/tenant", 400, "unknown-host", headers=_SHOP),
            patch(f"{_TENANTS}/<b.id>", "<b.etag>", b'{"hosts":["shop-<nonce>.example"]}', Expect(status=200), key="platform.key"),
            get("/tenant", 403, "tenant-mismatch", headers=_SHOP),
            get("/tenant", 200, key="b.key", headers=_SHOP),
        ),
    ),
)
