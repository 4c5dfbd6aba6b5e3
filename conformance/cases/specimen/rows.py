"""Cases about the rows of the kit's own component: what a component decides, on every adapter and store alike."""

from typing import Final

import msgspec

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, delete, get, one, patch, post, specimen
from kingpost.conformance.target import Capability

_ITEM: Final = "/specimens/<a.specimen>"
_CHILD: Final = "/specimens/<a.child>"
_COUNT: Final = f"{_ITEM}/adjustments"


def _adjust(delta: int, status: int, code: str | None = None, **fields: object) -> Step:
    return Step(method="POST", target=_COUNT, body=b'{"delta":%d}' % delta, expect=Expect(status=status, code=code, fields=fields))


_PATCHED: Final[tuple[tuple[str, bytes, object], ...]] = (
    ("label", b'"RENAMED"', "RENAMED"),
    ("title", b'"Renamed"', "Renamed"),
    ("note", b'""', ""),
    ("status", b'"archived"', "archived"),
    ("price", b'{"amount":0,"currency":"USD"}', {"amount": 0, "currency": "USD"}),
    ("ready", b"true", True),
    ("due", b'"2030-01-01T00:00:00Z"', "2030-01-01T00:00:00.000000Z"),
    ("due", b"null", None),
    ("attributes", b'{"a":"b"}', {"a": "b"}),
    ("attributes", b"{}", {}),
)

CASES: Final = (
    Case(
        id="specimen.create.least",
        law="What is left out has its default.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen("LEAST"),
                expect=Expect(
                    status=201,
                    fields={
                        "note": "",
                        "status": "draft",
                        "count": 0,
                        "ready": False,
                        "due": None,
                        "parent_id": None,
                        "attributes": {},
                        "version": 1,
                    },
                ),
                save={"where": "header:location"},
            ),
            Step(target="<where>", expect=Expect(status=200, fields={"note": "", "ready": False, "attributes": {}, "version": 1})),
        ),
    ),
    Case(
        id="specimen.create.full",
        law="What is given comes back, and again when it is read.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=b'{"attributes":{"k":"v"},"parent_id":"<a.specimen>","due":"2027-01-01T00:00:00.5Z","ready":true,"count":7,'
                b'"status":"archived","note":"n","price":{"amount":0,"currency":"USD"},"title":"t","label":"FULL"}',
                expect=Expect(
                    status=201,
                    fields={
                        "label": "FULL",
                        "title": "t",
                        "note": "n",
                        "status": "archived",
                        "price": {"amount": 0, "currency": "USD"},
                        "count": 7,
                        "ready": True,
                        "due": "2027-01-01T00:00:00.500000Z",
                        "parent_id": "<a.specimen>",
                        "attributes": {"k": "v"},
                    },
                ),
                save={"id": "json:id", "etag": "header:etag"},
            ),
            Step(target="/specimens/<id>", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"count": 7, "ready": True})),
            Step(target=f"{_ITEM}/children/<id>", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"label": "FULL"})),
        ),
    ),
    Case(
        id="specimen.create.null",
        law="null is said where nothing may be: no time and no parent.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen("NULLS", due=b"null", parent_id=b"null"),
                expect=Expect(status=201, fields={"due": None, "parent_id": None}),
            ),
        ),
    ),
    *(
        Case(
            id=f"specimen.update.{name}{'-cleared' if value in (b'null', b'{}', b'') else ''}",
            law=f"A change of {name} changes {name}, the version and the tag, and nothing else.",
            steps=(
                patch(
                    _CHILD,
                    "<a.child.etag>",
                    b'{"%s":%s}' % (name.encode(), value),
                    Expect(
                        status=200,
                        fields={"parent_id": "<a.specimen>", "count": 5, "id": "<a.child>", name: wanted, "version": 2},
                    ),
                ),
                Step(target=_CHILD, expect=Expect(status=200, fields={name: wanted, "version": 2})),
            ),
        )
        for name, value, wanted in _PATCHED
    ),
    Case(
        id="specimen.label.taken",
        law="A label is unique within the tenant, at creation and at a change, and a refused change leaves nothing.",
        steps=(
            get(_CHILD, 200),
            post("/specimens", specimen("SHARED-1"), 409, "label-taken"),
            patch(_CHILD, "<a.child.etag>", b'{"label":"SHARED-1","title":"x"}', Expect(status=409, code="label-taken")),
            Step(target=_CHILD, expect=Expect(status=200, same_as=0)),
            patch(_CHILD, "<a.child.etag>", b'{"label":"SHARED-2"}', Expect(status=200, fields={"version": 2})),
        ),
    ),
    Case(
        id="specimen.label.case",
        law="Labels that differ in case are two labels, on every store.",
        steps=(post("/specimens", specimen("shared-1"), 201), post("/specimens", specimen("Shared-1"), 201)),
    ),
    Case(
        id="specimen.label.freed",
        law="A label that was given up is free.",
        steps=(
            patch(_CHILD, "<a.child.etag>", b'{"label":"OTHER"}', Expect(status=200)),
            post("/specimens", specimen("SHARED-2"), 201),
        ),
    ),
    Case(
        id="specimen.answer.as-read",
        law="What creation, change and adjustment answer is what a GET reads afterwards, byte for byte.",
        steps=(
            Step(
                method="POST", target="/specimens", body=specimen("ANSWERED"), expect=Expect(status=201), save={"where": "header:location"}
            ),
            Step(target="<where>", expect=Expect(status=200, body_of=0), save={"etag": "header:etag"}),
            patch("<where>", "<etag>", b'{"title":"Changed","due":"2027-01-01T00:00:00Z"}', Expect(status=200)),
            Step(target="<where>", expect=Expect(status=200, body_of=2)),
            post("<where>/adjustments", b'{"delta":3}', 200),
            Step(target="<where>", expect=Expect(status=200, body_of=4)),
        ),
    ),
    Case(
        id="specimen.parent.moved",
        law="A part can be taken off and put elsewhere, and is found where it is.",
        steps=(
            Step(method="POST", target="/specimens", body=specimen("OTHER"), expect=Expect(status=201), save={"other": "json:id"}),
            patch(
                _CHILD,
                "<a.child.etag>",
                b'{"parent_id":"<other>"}',
                Expect(status=200, fields={"parent_id": "<other>"}),
                save={"etag": "header:etag"},
            ),
            get(f"{_ITEM}/children/<a.child>", 404, "not-found"),
            get("/specimens/<other>/children/<a.child>", 200),
            Step(target="/specimens?parent_id=<other>", expect=Expect(status=200, listed={"label": ("SHARED-2",)})),
            Step(target="/specimens?parent_id=<a.specimen>", expect=Expect(status=200, fields=EMPTY_PAGE)),
            patch(_CHILD, "<etag>", b'{"parent_id":null}', Expect(status=200, fields={"parent_id": None})),
            get("/specimens/<other>/children/<a.child>", 404, "not-found"),
        ),
    ),
    Case(
        id="specimen.parent.in-use",
        law="A specimen that has parts cannot be deleted; once they are gone it can.",
        steps=(
            get(_ITEM, 200),
            delete(_ITEM, "<a.specimen.etag>", 409, "specimen-in-use"),
            Step(target=_ITEM, expect=Expect(status=200, same_as=0)),
            delete(_CHILD, "<a.child.etag>", 204),
            delete(_ITEM, "<a.specimen.etag>", 204),
            Step(target="/specimens", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="specimen.parent.itself",
        law="A specimen may be a part of itself, and can be deleted all the same.",
        steps=(
            patch(
                _CHILD,
                "<a.child.etag>",
                b'{"parent_id":"<a.child>"}',
                Expect(status=200, fields={"parent_id": "<a.child>"}),
                save={"etag": "header:etag"},
            ),
            get(f"{_CHILD}/children/<a.child>", 200),
            delete(_CHILD, "<etag>", 204),
        ),
    ),
    Case(
        id="specimen.parent.gone",
        law="A row that was deleted is an unknown reference.",
        steps=(
            delete(_CHILD, "<a.child.etag>", 204),
            Step(
                method="POST",
                target="/specimens",
                body=specimen(parent_id=b'"<a.child>"'),
                expect=Expect(status=422, pointers=("/parent_id",), reasons=("unknown-reference",)),
            ),
        ),
    ),
    *(
        one(f"specimen.child.{name}", law, get(target, 404, "not-found"))
        for name, target, law in (
            ("of-another", f"{_CHILD}/children/<a.specimen>", "A parent is no part of its part."),
            ("itself", f"{_ITEM}/children/<a.specimen>", "A specimen is no part of itself."),
            ("absent", f"{_ITEM}/children/<absent.specimen>", "A part that is not there is 404."),
            ("of-absent", "/specimens/<absent.specimen>/children/<a.child>", "A part of what is not there is 404."),
        )
    ),
    Case(
        id="specimen.count",
        law="Adjustments need no tag, add up, and never go below zero.",
        steps=(
            _adjust(-3, 200, count=2, version=2),
            Step(
                method="POST",
                target=_COUNT,
                body=b'{"delta":-3}',
                expect=Expect(status=409, code="count-insufficient", fields={"params/available": 2}),
            ),
            _adjust(10, 200, count=12, version=3),
            _adjust(-12, 200, count=0, version=4),
            _adjust(-1, 409, "count-insufficient"),
            _adjust(0, 200, count=0, version=5),
        ),
    ),
    Case(
        id="specimen.count.bounds",
        law="The largest steps are taken, in both directions.",
        steps=(_adjust(10**9, 200, count=10**9 + 5), _adjust(-(10**9), 200, count=5)),
    ),
    Case(
        id="specimen.count.minus-zero",
        law="A step of -0 is a step of 0.",
        steps=(Step(method="POST", target=_COUNT, body=b'{"delta":-0}', expect=Expect(status=200, fields={"count": 5})),),
    ),
    one(
        "specimen.count.absent",
        "What is not there cannot be counted.",
        post("/specimens/<absent.specimen>/adjustments", b'{"delta":1}', 404, "not-found"),
    ),
    Case(
        id="specimen.times",
        law="A row is created once and changed when it is changed: the times follow the clock, to the microsecond.",
        needs=frozenset({Capability.SEEDED}),
        steps=(
            Step(
                target=_CHILD,
                expect=Expect(
                    status=200, fields={"created_at": "2026-11-01T09:30:00.000000Z", "updated_at": "2026-11-01T09:30:00.000000Z"}
                ),
            ),
            msgspec.structs.replace(
                patch(
                    _CHILD,
                    "<a.child.etag>",
                    b'{"title":"x"}',
                    Expect(status=200, fields={"created_at": "2026-11-01T09:30:00.000000Z", "updated_at": "2026-11-01T09:31:30.250000Z"}),
                ),
                advance=90.25,
            ),
            Step(
                method="POST",
                target=_COUNT,
                body=b'{"delta":1}',
                advance=0.000001,
                expect=Expect(
                    status=200, fields={"created_at": "2026-11-01T09:30:00.000000Z", "updated_at": "2026-11-01T09:31:30.250001Z"}
                ),
            ),
        ),
    ),
    Case(
        id="specimen.delete.others",
        law="Deleting one row deletes no other.",
        steps=(
            get(_ITEM, 200),
            delete(_CHILD, "<a.child.etag>", 204),
            Step(target=_ITEM, expect=Expect(status=200, same_as=0)),
            Step(target="/specimens", key="b.key", expect=Expect(status=200, found={"label": ("SHARED-1", "SHARED-2")})),
        ),
    ),
)
