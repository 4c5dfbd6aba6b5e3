"""Cases about failures behind the door: 500 without an inside, 503 with Retry-After, and nothing half done (spec http, attack 49)."""

from typing import Final, TypeAlias

from kingpost.conformance.cases.case import EMPTY_PAGE, QUARTZ, Case, Expect, Pairs, Step, get

_ITEM: Final = "/specimens/<a.specimen>"
_CHILD: Final = "/specimens/<a.child>"
_MATCH: Final[Pairs] = (("if-match", "<a.child.etag>"),)
_TENANT: Final[Pairs] = (("if-match", "<a.etag>"),)
_SUSPENDED: Final[Pairs] = (("if-match", "<suspended.etag>"),)
_CLOSED: Final[Pairs] = (("if-match", "<closed.etag>"),)

_Failing: TypeAlias = tuple[str, str, str, Pairs, bytes, str, str, int]

_FAILING: Final[tuple[_Failing, ...]] = (
    ("read", "GET", _ITEM, (), b"", "get", "a.key", 200),
    ("read-child", "GET", "/specimens/<a.specimen>/children/<a.child>", (), b"", "get", "a.key", 200),
    ("list", "GET", "/specimens", (), b"", "find", "a.key", 200),
    ("create", "POST", "/specimens", (), QUARTZ, "insert", "a.key", 201),
    ("commit", "POST", "/specimens", (), QUARTZ, "commit", "a.key", 201),
    ("update", "PATCH", _CHILD, _MATCH, b'{"title":"x"}', "replace", "a.key", 200),
    ("update-commit", "PATCH", _CHILD, _MATCH, b'{"title":"x"}', "commit", "a.key", 200),
    ("delete", "DELETE", _CHILD, _MATCH, b"", "remove", "a.key", 204),
    ("delete-commit", "DELETE", _CHILD, _MATCH, b"", "commit", "a.key", 204),
    ("adjust", "POST", f"{_ITEM}/adjustments", (), b'{"delta":1}', "replace", "a.key", 200),
    ("adjust-commit", "POST", f"{_ITEM}/adjustments", (), b'{"delta":1}', "commit", "a.key", 200),
    ("own-tenant", "GET", "/tenant", (), b"", "get", "a.key", 200),
    ("create-tenant", "POST", "/platform/tenants", (), b'{"slug":"<nonce>-new","name":"x"}', "insert", "platform.key", 201),
    ("list-tenants", "GET", "/platform/tenants", (), b"", "find", "platform.key", 200),
    ("read-tenant", "GET", "/platform/tenants/<a.id>", (), b"", "get", "platform.key", 200),
    ("update-tenant", "PATCH", "/platform/tenants/<a.id>", _TENANT, b'{"plan":"team"}', "replace", "platform.key", 200),
    ("suspend", "POST", "/platform/tenants/<a.id>/suspend", _TENANT, b"{}", "replace", "platform.key", 200),
    ("close", "POST", "/platform/tenants/<a.id>/close", _TENANT, b"{}", "replace", "platform.key", 200),
    ("resume", "POST", "/platform/tenants/<suspended.id>/resume", _SUSPENDED, b"", "replace", "platform.key", 200),
    ("reopen", "POST", "/platform/tenants/<closed.id>/reopen", _CLOSED, b"", "commit", "platform.key", 200),
    ("suspend-commit", "POST", "/platform/tenants/<a.id>/suspend", _TENANT, b"{}", "commit", "platform.key", 200),
)


def _failing(row: _Failing) -> Case:
    """The exchange stumbles, and then succeeds as if it had not been tried: nothing of the first attempt is left."""
    name, method, target, headers, body, call, key, status = row
    first = Step(
        method=method,
        target=target,
        key=key,
        headers=headers,
        body=body,
        fail=call,
        expect=Expect(status=500, code="internal-error", without=("Unforeseen", "SELECT", 'File "')),
    )
    again = Step(
        method=method,
        target=target,
        key=key,
        headers=headers,
        body=body,
        expect=Expect(status=status, fields={"count": 6} if name.startswith("adjust") else {}),
    )
    law = f"An unforeseen error in {method} {target} is a 500 that tells nothing of the inside, and changes nothing."
    return Case(id=f"http.failure.{name}", law=law, steps=(first, again), tier="edge")


def _outage(name: str, method: str, target: str, body: bytes, call: str) -> Case:
    outage = Expect(status=503, code="unavailable", headers={"retry-after": "1"})
    slow = Expect(status=503, code="timeout", headers={"retry-after": "1"})
    return Case(
        id=f"http.outage.{name}",
        law="A store that cannot be reached or is too slow is 503 with Retry-After (RFC 9110 section 15.6.4), and nothing is changed.",
        tier="edge",
        steps=(
            Step(method=method, target=target, body=body, fail=call, fault="unavailable", expect=outage),
            Step(method=method, target=target, body=body, fail=call, fault="timeout", expect=slow),
            Step(method=method, target=target, body=body, expect=Expect(status=201 if target == "/specimens" and body else 200)),
        ),
    )


CASES: Final = (
    *map(_failing, _FAILING),
    *(
        _outage(*row)
        for row in (
            ("read", "GET", _ITEM, b"", "get"),
            ("list", "GET", "/specimens", b"", "find"),
            ("create", "POST", "/specimens", QUARTZ, "insert"),
            ("commit", "POST", "/specimens", QUARTZ, "commit"),
        )
    ),
    Case(
        id="http.failure.head",
        law="A failing HEAD is a 500 without a body.",
        tier="edge",
        steps=(Step(method="HEAD", target=_ITEM, fail="get", expect=Expect(status=500, body=b"")), get(_ITEM, 200)),
    ),
    Case(
        id="http.failure.leaves-no-row",
        law="A unit of work whose commit failed has left nothing that anybody can see.",
        tier="edge",
        steps=(
            Step(method="POST", target="/specimens", body=QUARTZ, fail="commit", expect=Expect(status=500, absent=("location", "etag"))),
            Step(target="/specimens?label=QUARTZ-1", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="http.failure.second-write",
        law="Where the second write of a unit fails, the first is undone: no tenant without its key.",
        tier="edge",
        steps=(
            Step(
                method="POST",
                target="/platform/tenants",
                key="platform.key",
                body=b'{"slug":"<nonce>-half","name":"x","hosts":["half-<nonce>.example"]}',
                fail="commit",
                expect=Expect(status=500, without=("kp_t_",)),
            ),
            Step(target="/platform/tenants?slug=<nonce>-half", key="platform.key", expect=Expect(status=200, fields=EMPTY_PAGE)),
            get("/tenant", 400, "unknown-host", headers=(("host", "half-<nonce>.example"),)),
        ),
    ),
    Case(
        id="http.failure.keeps-credential",
        law="A failure while the caller is looked up is a 500 and no 401: nobody is told that a good credential is bad.",
        tier="edge",
        steps=(
            Step(
                method="POST",
                target="/platform/tenants",
                key="platform.key",
                body=b'{"slug":"<nonce>-fresh","name":"x"}',
                expect=Expect(status=201),
                save={"fresh.key": "json:key"},
            ),
            Step(key="fresh.key", fail="find", expect=Expect(status=500, code="internal-error", absent=("www-authenticate",))),
            get("/tenant", 200, key="fresh.key"),
        ),
    ),
)
