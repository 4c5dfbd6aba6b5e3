"""Cases about tenants as the platform keeps them: creation, slugs, changes, lists (DESIGN section 2.3; RULES 24, 25; spec isolation, T13)."""

from typing import Final

from kingpost.conformance.cases.case import EMPTY_PAGE, TIMESTAMP, Case, Expect, Step, get, one, patch, post

_TENANTS: Final = "/platform/tenants"
TENANT: Final = (
    "id",
    "slug",
    "name",
    "plan",
    "status",
    "status_reason",
    "hosts",
    "host_ref",
    "purge_after",
    "created_at",
    "updated_at",
    "version",
)
"""The members of a tenant."""

_INVALID: Final = (
    ("slug.reserved", b'"slug":"admin","name":"x"', ("/slug",), "reserved", "Some slugs the platform keeps for itself."),
    ("slug.upper", b'"slug":"Upper","name":"x"', ("/slug",), "pattern", "A slug is in lower case."),
    ("slug.xn", b'"slug":"xn--evil","name":"x"', ("/slug",), "pattern", "A slug has no double hyphen (RFC 5890)."),
    ("slug.one", b'"slug":"a","name":"x"', ("/slug",), "pattern", "A slug has two characters at least."),
    (
        "slug.long",
        b'"slug":"a' + b"b" * 63 + b'","name":"x"',
        ("/slug",),
        "too-long",
        "A slug is a DNS label (RFC 1035): at most 63 characters.",
    ),
    ("slug.digit", b'"slug":"1a","name":"x"', ("/slug",), "pattern", "A slug begins with a letter."),
    ("slug.hyphen", b'"slug":"a-","name":"x"', ("/slug",), "pattern", "A slug does not end in a hyphen."),
    ("slug.dot", b'"slug":"a.b","name":"x"', ("/slug",), "pattern", "A slug has no dot."),
    ("slug.underscore", b'"slug":"a_b","name":"x"', ("/slug",), "pattern", "A slug has no underscore."),
    ("slug.unicode", '"slug":"caf\u00e9","name":"x"'.encode(), ("/slug",), "pattern", "A slug is ASCII."),
    ("slug.kelvin", '"slug":"\u212aelvin","name":"x"'.encode(), ("/slug",), "pattern", "A slug folds no letters (CVE-2026-25480)."),
    ("slug.newline", b'"slug":"ab\\n","name":"x"', ("/slug",), "pattern", "A slug forgives no line break behind it."),
    ("name.empty", b'"slug":"<nonce>-x","name":""', ("/name",), "too-short", "A name has one character at least."),
    ("name.long", b'"slug":"<nonce>-x","name":"' + b"x" * 201 + b'"', ("/name",), "too-long", "A name has 200 characters at most."),
    ("plan.upper", b'"slug":"<nonce>-x","name":"x","plan":"Gold"', ("/plan",), "pattern", "A plan is in lower case."),
    (
        "status",
        b'"slug":"<nonce>-x","name":"x","status":"closed"',
        ("/status",),
        "unknown-field",
        "A state is reached by a transition only.",
    ),
    ("id", b'"id":"<absent.tenant>","slug":"<nonce>-x","name":"x"', ("/id",), "unknown-field", "An id is not the caller's to choose."),
    ("hosts.null", b'"slug":"<nonce>-x","name":"x","hosts":null', ("/hosts",), "wrong-type", "Hosts are a list."),
    ("hosts.upper", b'"slug":"<nonce>-x","name":"x","hosts":["A.example"]', ("/hosts/0",), "pattern", "A host name is in lower case."),
    ("hosts.port", b'"slug":"<nonce>-x","name":"x","hosts":["a.example:80"]', ("/hosts/0",), "pattern", "A host name has no port."),
    ("hosts.dot", b'"slug":"<nonce>-x","name":"x","hosts":["a.example."]', ("/hosts/0",), "pattern", "A host name has no final dot."),
    (
        "hosts.one-label",
        b'"slug":"<nonce>-x","name":"x","hosts":["localhost"]',
        ("/hosts/0",),
        "pattern",
        "A host name has two labels at least.",
    ),
    ("hosts.address", b'"slug":"<nonce>-x","name":"x","hosts":["10.0.0.1"]', ("/hosts/0",), "pattern", "An address is no host name."),
    ("hosts.wildcard", b'"slug":"<nonce>-x","name":"x","hosts":["*.example.com"]', ("/hosts/0",), "pattern", "There are no wildcards."),
    (
        "hosts.twice",
        b'"slug":"<nonce>-x","name":"x","hosts":["a-<nonce>.example","a-<nonce>.example"]',
        ("/hosts/1",),
        "duplicate",
        "A host name is listed once.",
    ),
    (
        "hosts.many",
        b'"slug":"<nonce>-x","name":"x","hosts":[' + b",".join(b'"h%d.example"' % n for n in range(21)) + b"]",
        ("/hosts",),
        "too-many-items",
        "A tenant has 20 host names at most.",
    ),
    (
        "host-ref.not-nfc",
        b'"slug":"<nonce>-x","name":"x","host_ref":"e\xcc\x81"',
        ("/host_ref",),
        "not-nfc",
        "An identifier that is not in normal form C is 422.",
    ),
)

_FINDS: Final = (
    ("slug", "slug=<a.slug>", ("Tenant a",)),
    ("slug-and-status", "slug=<a.slug>&status=active", ("Tenant a",)),
    ("slug-of-other-status", "slug=<a.slug>&status=closed", ()),
    ("slug-of-nobody", "slug=<nonce>-nobody", ()),
    ("host-ref-of-nobody", "host_ref=<nonce>-nobody", ()),
    ("slug-suspended", "slug=<suspended.slug>", ("Tenant suspended",)),
)

CASES: Final = (
    *(
        one(
            f"tenancy.create.invalid.{name}",
            law,
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b"{%s}" % body,
                expect=Expect(status=422, code="invalid", pointers=pointers, reasons=(reason,)),
            ),
        )
        for name, body, pointers, reason, law in _INVALID
    ),
    Case(
        id="tenancy.create",
        law="A new tenant is active, on the usual plan, and its first key works at once.",
        steps=(
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b'{"slug":"<nonce>-new","name":"New \\u00e9"}',
                expect=Expect(
                    status=201,
                    members=("tenant", "key"),
                    fields={
                        "tenant/name": "New \u00e9",
                        "tenant/plan": "free",
                        "tenant/status": "active",
                        "tenant/status_reason": None,
                        "tenant/hosts": [],
                        "tenant/host_ref": None,
                        "tenant/purge_after": None,
                        "tenant/version": 1,
                    },
                    matches={"tenant/created_at": TIMESTAMP, "key": "kp_t_[0-9A-Za-z]{61}"},
                ),
                save={"new.key": "json:key", "new.id": "json:tenant/id", "where": "header:location", "etag": "header:etag"},
            ),
            Step(target="<where>", key="platform.key", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"id": "<new.id>"})),
            Step(key="new.key", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"id": "<new.id>"})),
            Step(target="/specimens", key="new.key", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="tenancy.secret",
        law="The answer that holds a key is never cached, and the key is shown once.",
        steps=(
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b'{"slug":"<nonce>-once","name":"x"}',
                expect=Expect(status=201, headers={"cache-control": "no-store"}),
                save={"once.key": "json:key", "once.id": "json:tenant/id"},
            ),
            Step(target=f"{_TENANTS}/<once.id>", key="platform.key", expect=Expect(status=200, members=TENANT, without=("kp_t_",))),
            Step(key="once.key", expect=Expect(status=200, members=TENANT, without=("kp_t_",))),
        ),
    ),
    Case(
        id="tenancy.own-tenant",
        law="A tenant sees itself as its operators see it, byte for byte.",
        steps=(
            Step(target=f"{_TENANTS}/<a.id>", key="platform.key", expect=Expect(status=200, members=TENANT)),
            Step(target="/tenant", expect=Expect(status=200, same_as=0)),
        ),
    ),
    one(
        "tenancy.read.absent",
        "A tenant that is not there is 404 for the platform.",
        get(f"{_TENANTS}/<absent.tenant>", 404, "not-found", key="platform.key"),
    ),
    *(
        one(
            f"tenancy.list.{name}",
            "The platform finds tenants by slug, by host_ref and by state, exactly.",
            Step(target=f"{_TENANTS}?{query}", key="platform.key", expect=Expect(status=200, listed={"name": names}, absent=("link",))),
        )
        for name, query, names in _FINDS
    ),
    Case(
        id="tenancy.list.literal",
        law="A key of a host application is any text, and a filter on it is that text: no wildcard, no quote, no pattern.",
        steps=(
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b'{"slug":"<nonce>-literal","name":"x","host_ref":"<nonce> 100%_\'\\\\\\"; --\\u2028"}',
                expect=Expect(status=201, fields={"tenant/host_ref": "<nonce> 100%_'\\\"; --\u2028"}),
            ),
            *(
                Step(target=f"{_TENANTS}?host_ref=<nonce>{text}", key="platform.key", expect=Expect(status=200, listed={"name": names}))
                for text, names in (
                    ("%20100%25_%27%5C%22;%20--%E2%80%A8", ("x",)),
                    ("%25", ()),
                    ("%20100%25%25", ()),
                    ("%20100__%27%5C%22;%20--%E2%80%A8", ()),
                    ("%20100%25_%27%5C%22;%20--", ()),
                    ("%27%20OR%20%271%27=%271", ()),
                )
            ),
        ),
    ),
    Case(
        id="tenancy.slug.taken",
        law="A slug is unique over the platform, at creation and at a change, and a refused change leaves nothing.",
        steps=(
            post(_TENANTS, b'{"slug":"<a.slug>","name":"x"}', 409, "slug-taken", key="platform.key"),
            post(_TENANTS, b'{"slug":"<closed.slug>","name":"x"}', 409, "slug-taken", key="platform.key"),
            patch(
                f"{_TENANTS}/<a.id>",
                "<a.etag>",
                b'{"slug":"<b.slug>","name":"y"}',
                Expect(status=409, code="slug-taken"),
                key="platform.key",
            ),
            Step(expect=Expect(status=200, fields={"slug": "<a.slug>", "name": "Tenant a", "version": 1})),
            patch(f"{_TENANTS}/<a.id>", "<a.etag>", b'{"slug":"<a.slug>"}', Expect(status=200, fields={"version": 2}), key="platform.key"),
        ),
    ),
    Case(
        id="tenancy.slug.moves",
        law="A slug that was given up names its new tenant alone: the old key agrees with the new slug only, and nobody inherits rows.",
        steps=(
            patch(f"{_TENANTS}/<a.id>", "<a.etag>", b'{"slug":"<nonce>-moved"}', Expect(status=200), key="platform.key"),
            get("/tenant", 200, headers=(("tenant", "<nonce>-moved"),)),
            get("/tenant", 403, "tenant-mismatch", headers=(("tenant", "<a.slug>"),)),
            Step(
                method="POST",
                target=_TENANTS,
                key="platform.key",
                body=b'{"slug":"<a.slug>","name":"x"}',
                expect=Expect(status=201),
                save={"heir.key": "json:key"},
            ),
            Step(target="/specimens", key="heir.key", headers=(("tenant", "<a.slug>"),), expect=Expect(status=200, fields=EMPTY_PAGE)),
            get("/specimens/<a.specimen>", 404, "not-found", key="heir.key"),
            get("/tenant", 403, "tenant-mismatch", headers=(("tenant", "<a.slug>"),)),
        ),
    ),
    Case(
        id="tenancy.update",
        law="A change says what changes and leaves the rest; a host_ref can be taken back.",
        steps=(
            patch(
                f"{_TENANTS}/<a.id>",
                "<a.etag>",
                b'{"plan":"team","host_ref":"<nonce>-17"}',
                Expect(status=200, fields={"plan": "team", "name": "Tenant a", "version": 2}),
                key="platform.key",
                save={"etag": "header:etag"},
            ),
            Step(target=f"{_TENANTS}?host_ref=<nonce>-17", key="platform.key", expect=Expect(status=200, listed={"name": ("Tenant a",)})),
            patch(
                f"{_TENANTS}/<b.id>",
                "<b.etag>",
                b'{"host_ref":"<nonce>-17"}',
                Expect(status=409, code="host-ref-taken"),
                key="platform.key",
            ),
            patch(
                f"{_TENANTS}/<a.id>",
                "<etag>",
                b'{"host_ref":null}',
                Expect(status=200, fields={"host_ref": None, "plan": "team"}),
                key="platform.key",
            ),
            patch(f"{_TENANTS}/<b.id>", "<b.etag>", b'{"host_ref":"<nonce>-17"}', Expect(status=200), key="platform.key"),
        ),
    ),
)
