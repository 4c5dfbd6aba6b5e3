"""Cases about tenants: what is another's does not exist, in any channel (spec http, attacks 1 to 17; spec isolation, T01 to T14, T41)."""

from typing import Final, TypeAlias

from .case import EMPTY_PAGE, QUARTZ, Case, Expect, Pairs, Step, get, one, patch, post, specimen

_ETAG: Final[Pairs] = (("if-match", "<b.specimen.etag>"),)
_SEEN: Final[Pairs] = (("if-none-match", "<b.specimen.etag>"),)
_STALE: Final[Pairs] = (("if-match", '"x-1"'),)

_Object: TypeAlias = tuple[str, str, str, str, Pairs, bytes]

_OBJECTS: Final[tuple[_Object, ...]] = (
    ("read", "Reading B's row as A is like reading none.", "GET", "/specimens/%s", (), b""),
    ("read-conditional", "If-None-Match with B's tag tells nothing.", "GET", "/specimens/%s", _SEEN, b""),
    ("read-any-tag", "If-None-Match with a star tells nothing.", "GET", "/specimens/%s", (("if-none-match", "*"),), b""),
    ("head", "HEAD tells no more than GET.", "HEAD", "/specimens/%s", (), b""),
    ("update", "Changing B's row as A is like changing none.", "PATCH", "/specimens/%s", _ETAG, b'{"title":"stolen"}'),
    ("update-stale", "A stale tag tells nothing of B's row.", "PATCH", "/specimens/%s", _STALE, b"{}"),
    ("update-taken", "A label that B has beside it tells nothing.", "PATCH", "/specimens/%s", _ETAG, b'{"label":"SHARED-2"}'),
    ("update-invalid", "An invalid change tells nothing of B's row.", "PATCH", "/specimens/%s", _ETAG, b'{"title":""}'),
    ("update-blind", "A change without a tag tells nothing of B's row.", "PATCH", "/specimens/%s", (), b"{}"),
    ("delete", "Deleting B's row as A is like deleting none, though parts hang on it.", "DELETE", "/specimens/%s", _ETAG, b""),
    ("delete-stale", "Deleting it under a stale tag too.", "DELETE", "/specimens/%s", _STALE, b""),
    ("adjust", "Counting B's row as A is like counting none.", "POST", "/specimens/%s/adjustments", (), b'{"delta":-1}'),
    ("adjust-beyond", "A count that would fall below zero tells nothing.", "POST", "/specimens/%s/adjustments", (), b'{"delta":-1000}'),
    ("child-of-foreign", "B's row has no parts for A, not even A's own.", "GET", "/specimens/%s/children/<a.child>", (), b""),
    ("foreign-child-of-foreign", "B's row has none of B's parts for A.", "GET", "/specimens/%s/children/<b.child>", (), b""),
    ("foreign-child", "B's row is no part of A's.", "GET", "/specimens/<a.specimen>/children/%s", (), b""),
    ("slash", "A path below B's row is like one below none.", "GET", "/specimens/%s/", (), b""),
    ("unknown-path", "So is one that nobody serves.", "GET", "/specimens/%s/owner", (), b""),
    ("method", "405 tells nothing of B's row.", "PUT", "/specimens/%s", (), b""),
    ("options", "OPTIONS tells nothing of B's row.", "OPTIONS", "/specimens/%s", (), b""),
)

_EVERY_ROUTE: Final = (
    ("own-tenant", "GET", "/tenant", b""),
    ("list", "GET", "/specimens", b""),
    ("create", "POST", "/specimens", QUARTZ),
    ("read", "GET", "/specimens/<a.specimen>", b""),
    ("read-child", "GET", "/specimens/<a.specimen>/children/<a.child>", b""),
    ("update", "PATCH", "/specimens/<a.specimen>", b"{}"),
    ("delete", "DELETE", "/specimens/<a.specimen>", b""),
    ("adjust", "POST", "/specimens/<a.specimen>/adjustments", b'{"delta":1}'),
    ("head", "HEAD", "/tenant", b""),
)

_PLATFORM: Final = (
    ("list", "GET", "/platform/tenants", b""),
    ("create", "POST", "/platform/tenants", b'{"slug":"<nonce>-own-goal","name":"x"}'),
    ("read-own", "GET", "/platform/tenants/<a.id>", b""),
    ("read-other", "GET", "/platform/tenants/<b.id>", b""),
    ("read-absent", "GET", "/platform/tenants/<absent.tenant>", b""),
    ("read-malformed", "GET", "/platform/tenants/nonsense", b""),
    ("update-own", "PATCH", "/platform/tenants/<a.id>", b'{"plan":"gold"}'),
    ("suspend", "POST", "/platform/tenants/<b.id>/suspend", b"{}"),
    ("resume", "POST", "/platform/tenants/<b.id>/resume", b""),
    ("close", "POST", "/platform/tenants/<b.id>/close", b"{}"),
    ("reopen-own", "POST", "/platform/tenants/<a.id>/reopen", b""),
    ("head", "HEAD", "/platform/tenants", b""),
    ("by-slug", "GET", "/platform/tenants?slug=<b.slug>", b""),
)


def _like_absent(row: _Object) -> Case:
    """The same exchange on an absent object and on B's: the same answer, byte for byte; afterwards B's row is as it was."""
    name, law, method, path, headers, body = row
    absent = Step(
        method=method, target=path % "<absent.specimen>", body=body, headers=headers, expect=Expect(status=_STATUS.get(name, 404))
    )
    foreign = Step(
        method=method,
        target=path % "<b.specimen>",
        body=body,
        headers=headers,
        expect=Expect(status=absent.expect.status, same_as=0, without=("<b.specimen>", "<b.id>")),
    )
    untouched = Step(
        target="/specimens/<b.specimen>",
        key="b.key",
        expect=Expect(status=200, headers={"etag": "<b.specimen.etag>"}, fields={"count": 5}),
    )
    return Case(id=f"isolation.object.{name}", law=law, steps=(absent, foreign, untouched))


_STATUS: Final = {"update-invalid": 422, "update-blind": 428, "method": 405, "options": 204}


def _reference(name: str, law: str, step: Step) -> Case:
    """A reference to an absent row, to B's and to B's part: the same answer, byte for byte, and no row."""
    body, headers = step.body, step.headers
    tries = tuple(
        Step(
            method=step.method,
            target=step.target,
            headers=headers,
            body=body.replace(b"<it>", b"<%s>" % it),
            expect=Expect(
                status=422, code="invalid", pointers=("/parent_id",), reasons=("unknown-reference",), same_as=None if at == 0 else 0
            ),
        )
        for at, it in enumerate((b"absent.specimen", b"b.specimen", b"b.child"))
    )
    unchanged = Step(target="/specimens", expect=Expect(status=200, found={"label": ("SHARED-1", "SHARED-2"), "version": (1, 1)}))
    return Case(id=f"isolation.reference.{name}", law=law, steps=(*tries, unchanged))


def _refused(kind: str, name: str, method: str, target: str, body: bytes) -> Case:
    code = None if method == "HEAD" else f"tenant-{kind}"
    step = Step(method=method, target=target, key=f"{kind}.key", body=body, expect=Expect(status=403, code=code))
    return one(f"isolation.{kind}.{name}", f"A {kind} tenant is refused: {method} {target}.", step)


CASES: Final = (
    *map(_like_absent, _OBJECTS),
    _reference(
        "create",
        "A new row cannot hang on B's: the refusal is that for a row that never was.",
        Step(method="POST", target="/specimens", body=specimen(parent_id=b'"<it>"'), expect=Expect(status=422)),
    ),
    _reference(
        "update",
        "A row cannot be moved to B's: the refusal is that for a row that never was.",
        patch("/specimens/<a.specimen>", "<a.specimen.etag>", b'{"parent_id":"<it>","title":"x"}', Expect(status=422)),
    ),
    Case(
        id="isolation.filter.reference",
        law="A filter that names B's row finds what one that names no row finds: nothing.",
        steps=(
            Step(target="/specimens?parent_id=<absent.specimen>", expect=Expect(status=200, fields=EMPTY_PAGE)),
            Step(target="/specimens?parent_id=<b.specimen>", expect=Expect(status=200, same_as=0)),
            Step(target="/specimens?parent_id=<b.specimen>", key="b.key", expect=Expect(status=200, listed={"label": ("SHARED-2",)})),
        ),
    ),
    Case(
        id="isolation.lists.same-for-all",
        law="What B has changes nothing in any list of a tenant that has nothing.",
        steps=tuple(
            Step(target=f"/specimens{query}", key="empty.key", expect=Expect(status=200, body=b'{"items":[],"next_cursor":null}'))
            for query in (
                "",
                "?label=SHARED-1",
                "?status=draft",
                "?ready=true",
                "?currency=EUR&min_price=0",
                "?parent_id=<b.specimen>",
                "?limit=1",
            )
        ),
    ),
    Case(
        id="isolation.filter.value",
        law="A filter on a value that A and B share finds A's row alone.",
        steps=(
            Step(target="/specimens?label=SHARED-1", expect=Expect(status=200, listed={"title": ("Thing own",)})),
            Step(target="/specimens?status=draft", expect=Expect(status=200, found={"label": ("SHARED-1", "SHARED-2")})),
            Step(target="/specimens?ready=true", expect=Expect(status=200, listed={"label": ("SHARED-2",)})),
            Step(target="/specimens?currency=EUR", expect=Expect(status=200, found={"label": ("SHARED-1", "SHARED-2")})),
        ),
    ),
    Case(
        id="isolation.list",
        law="A list holds one's own rows only.",
        steps=(
            Step(
                target="/specimens?limit=200", expect=Expect(status=200, listed={"title": ("Thing own", "Thing own")}, without=("canary",))
            ),
            Step(target="/specimens?limit=200", key="empty.key", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="isolation.unique",
        law="A label that only B has is free for A; one's own is not.",
        steps=(
            post("/specimens", QUARTZ, 201, key="b.key"),
            post("/specimens", QUARTZ, 201),
            post("/specimens", QUARTZ, 409, "label-taken"),
        ),
    ),
    Case(
        id="isolation.unique.message",
        law="What is taken is told without the other's value or id.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen("SHARED-1"),
                expect=Expect(status=409, code="label-taken", without=("SHARED", "<a.specimen>", "<a.id>", "kingpost_", "label_uq")),
            ),
            Step(
                method="POST",
                target="/platform/tenants",
                key="platform.key",
                body=b'{"slug":"<a.slug>","name":"x"}',
                expect=Expect(status=409, code="slug-taken", without=("<a.slug>", "<a.id>", "kingpost_")),
            ),
        ),
    ),
    Case(
        id="isolation.conditional",
        law="B's tag never makes A's answer 304, though both rows are the same in all that A can set.",
        steps=(
            get("/specimens/<a.specimen>", 200, headers=(("if-none-match", "<b.specimen.etag>"),)),
            get("/specimens/<a.specimen>", 304, headers=(("if-none-match", "<a.specimen.etag>"),)),
        ),
    ),
    Case(
        id="isolation.cache",
        law="What belongs to a caller is private and varies by credential and tenant.",
        steps=(
            Step(
                target="/specimens/<a.specimen>",
                expect=Expect(status=200, headers={"cache-control": "private, no-cache"}),
            ),
            Step(target="/specimens", expect=Expect(status=200, headers={"cache-control": "no-store"})),
            Step(target="/tenant", expect=Expect(status=200, headers={"cache-control": "private, no-cache"})),
            Step(target="/specimens/<b.specimen>", expect=Expect(status=404, headers={"cache-control": "no-store"})),
        ),
    ),
    Case(
        id="isolation.one-url",
        law="One URL is two resources for two callers.",
        steps=(
            Step(target="/specimens?limit=1", expect=Expect(status=200, listed={"title": ("Thing own",)})),
            Step(target="/specimens?limit=1", key="b.key", expect=Expect(status=200, listed={"title": ("Thing canary-of-b",)})),
            Step(target="/specimens?limit=1", expect=Expect(status=200, same_as=0)),
        ),
    ),
    Case(
        id="isolation.no-inheritance",
        law="A label that was freed is a new row: the old id and tag lead nowhere.",
        steps=(
            Step(method="DELETE", target="/specimens/<a.child>", headers=(("if-match", "<a.child.etag>"),), expect=Expect(status=204)),
            Step(
                method="POST",
                target="/specimens",
                body=specimen("SHARED-2", parent_id=b'"<a.specimen>"'),
                expect=Expect(status=201, fields={"version": 1}),
                save={"where": "header:location"},
            ),
            get("/specimens/<a.child>", 404, "not-found"),
            get("/specimens/<a.specimen>/children/<a.child>", 404, "not-found"),
            get("<where>", 200, headers=(("if-none-match", "<a.child.etag>"),)),
        ),
    ),
    *(
        one(
            f"isolation.platform.{name}",
            f"A tenant's credential on a platform path is 403, whatever the id: {method} {target}.",
            Step(method=method, target=target, body=body, expect=Expect(status=403, code=None if method == "HEAD" else "platform-only")),
        )
        for name, method, target, body in _PLATFORM
    ),
    *(
        one(
            f"isolation.platform.override.{name}",
            "No header and no other method opens a platform path to a tenant.",
            Step(method=method, target="/platform/tenants", headers=headers, expect=Expect(status=403, code="platform-only")),
        )
        for name, method, headers in (
            ("method", "GET", (("x-http-method-override", "OPTIONS"),)),
            ("user", "GET", (("x-remote-user", "root"), ("x-forwarded-user", "root"))),
            ("origin", "GET", (("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1"))),
            ("url", "POST", (("x-original-url", "/tenant"), ("content-type", "application/json"))),
        )
    ),
    Case(
        id="isolation.platform.same-for-all-ids",
        law="The refusal is the same for one's own id, another's, an absent and a malformed one.",
        steps=(
            get("/platform/tenants/<a.id>", 403, "platform-only"),
            *(
                Step(target=f"/platform/tenants/{id_}", expect=Expect(status=403, same_as=0))
                for id_ in ("<b.id>", "<absent.tenant>", "nonsense", "<suspended.id>")
            ),
        ),
    ),
    one(
        "isolation.platform.header",
        "A platform call that names a tenant is refused, for its credential has none.",
        get("/platform/tenants", 403, "tenant-mismatch", key="platform.key", headers=(("tenant", "<a.id>"),)),
    ),
    *(
        one(
            f"isolation.tenant-required.{name}",
            f"A platform credential on a tenant's path is 403: {method} {target}.",
            Step(
                method=method,
                target=target,
                body=body,
                key="platform.key",
                expect=Expect(status=403, code=None if method == "HEAD" else "tenant-required"),
            ),
        )
        for name, method, target, body in _EVERY_ROUTE
    ),
    one(
        "isolation.tenant-required.header",
        "The Tenant header never selects a tenant for the platform.",
        get("/specimens", 403, "tenant-required", key="platform.key", headers=(("tenant", "<a.id>"),)),
    ),
    *(_refused(kind, *route) for kind in ("suspended", "closed") for route in _EVERY_ROUTE),
)
