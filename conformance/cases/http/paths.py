"""Cases about paths: exact, with no redirect, and one grammar for ids (RFC 3986; spec http, table; attacks 9, 41)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Step, get, one, post
from kingpost.conformance.target import Capability

_PATHS: Final = (
    ("unknown", "/nothing", 404, "not-found", "A path that nobody declared is 404."),
    ("root", "/", 404, "not-found", "There is nothing at the root."),
    ("deep", "/a/b/c/d/e/f", 404, "not-found", "A path of many segments is matched as a whole."),
    ("prefix", "/specimensfoo", 404, "not-found", "A path is compared segment by segment, not by its beginning."),
    ("with-version", "/v1/specimens", 404, "not-found", "Paths carry no version."),
    ("trailing-slash", "/specimens/", 404, "not-found", "A trailing slash is another path; there is no redirect."),
    ("trailing-slash-of-id", "/specimens/<a.specimen>/", 404, "not-found", "A trailing slash behind an id is another path."),
    ("trailing-slash-of-probe", "/livez/", 404, "not-found", "A probe is one exact path too."),
    ("double-slash", "//specimens", 404, "not-found", "A doubled slash is not collapsed."),
    ("inner-double-slash", "/specimens//<a.specimen>", 404, "not-found", "A doubled slash inside is not collapsed."),
    ("last-double-slash", "/specimens//", 404, "not-found", "A doubled slash at the end is not collapsed."),
    ("dot-segment", "/./specimens", 404, "not-found", "A dot segment is not resolved."),
    ("dot-dot-segment", "/specimens/../tenant", 404, "not-found", "A dot-dot segment is not resolved."),
    ("encoded-dot-dot", "/specimens/%2e%2e/tenant", 404, "not-found", "An encoded dot-dot segment is not resolved."),
    ("backslash", "/specimens%5C<a.specimen>", 404, "not-found", "A backslash is no slash."),
    ("upper-case", "/Specimens", 404, "not-found", "Paths are case-sensitive."),
    ("upper-case-of-platform", "/PLATFORM/tenants", 404, "not-found", "The platform's paths are case-sensitive too."),
    ("matrix", "/specimens;v=1", 404, "not-found", "A path parameter behind a semicolon is part of the segment."),
    ("extension", "/specimens.json", 404, "not-found", "A file extension is part of the segment."),
    ("encoded-question-mark", "/specimens%3Flimit=1", 404, "not-found", "An encoded question mark begins no query."),
    ("twice-encoded", "/specimens/%2570", 404, "not-found", "A path is decoded once."),
    ("bad-utf8", "/specimens/%FF", 400, "malformed-path", "Bad UTF-8 in a path is 400."),
    ("cut-utf8", "/specimens/%C3", 400, "malformed-path", "Half a character of UTF-8 in a path is 400."),
    ("overlong-utf8", "/specimens/%C0%AF", 400, "malformed-path", "An overlong encoding of a slash is bad UTF-8 (RFC 3629 section 10)."),
    ("surrogate-utf8", "/specimens/%ED%A0%80", 400, "malformed-path", "An encoded surrogate is bad UTF-8 (RFC 3629 section 3)."),
    ("nul", "/specimens/%00", 400, "malformed-path", "NUL in a path is 400."),
    ("newline", "/specimens/<a.specimen>%0A", 400, "malformed-path", "A newline behind an id is 400."),
    ("carriage-return", "/specimens/%0D%0ASet-Cookie:x=1", 400, "malformed-path", "A line break in a path is 400, and splits no header."),
    ("tab", "/specimens/%09", 400, "malformed-path", "A tab in a path is 400."),
    ("delete-character", "/specimens/%7F", 400, "malformed-path", "DEL in a path is 400."),
    ("c1-control", "/specimens/%C2%85", 400, "malformed-path", "A control character beyond ASCII in a path is 400."),
)

_ESCAPES: Final = (
    ("broken-escape", "%zz", "without two hexadecimal digits"),
    ("cut-escape", "%4", "with one digit"),
    ("bare-escape", "%", "at the end"),
)

_IDS: Final = (
    ("upper", "SPC_01H455VB4PEX5VSKNK084SN02Q"),
    ("upper-suffix", "spc_01H455VB4PEX5VSKNK084SN02Q"),
    ("other-prefix", "<a.id>"),
    ("no-prefix", "01h455vb4pex5vsknk084sn02q"),
    ("empty-prefix", "_01h455vb4pex5vsknk084sn02q"),
    ("uuid", "018c8a5d-ac96-7775-bce6-b504c10d22f7"),
    ("bare-uuid", "018c8a5dac967775bce6b504c10d22f7"),
    ("braces", "%7B018c8a5d-ac96-7775-bce6-b504c10d22f7%7D"),
    ("urn", "urn:uuid:018c8a5d-ac96-7775-bce6-b504c10d22f7"),
    ("overflow", "spc_8zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("short", "spc_01h455vb4pex5vsknk084sn02"),
    ("long", "spc_01h455vb4pex5vsknk084sn02qq"),
    ("excluded-letter", "spc_01h455vb4pex5vsknk084sn0il"),
    ("integer", "1"),
    ("negative", "-1"),
    ("arabic-digit", "%D9%A1"),
    ("leading-space", "%20<a.specimen>"),
    ("trailing-space", "<a.specimen>%20"),
    ("plus", "<a.specimen>+"),
    ("wildcard", "*"),
    ("percent-sign", "%25"),
    ("quote", "'%20OR%20%271%27=%271"),
    ("encoded-dash", "spc%2D01h455vb4pex5vsknk084sn02q"),
    ("full-width", "spc_%EF%BC%9001h455vb4pex5vsknk084sn02"),
    ("two", "<a.specimen>,<a.child>"),
    ("script", "%3Cscript%3E"),
)

_POSTED: Final = (
    ("trailing-slash", "/specimens/", "A POST to a trailing slash is 404 as well, never redirected or answered with a warning."),
    ("double-slash", "//specimens", "A POST behind a doubled slash is 404."),
    ("upper-case", "/SPECIMENS", "A POST to another case is 404."),
)


def _of_an_id(name: str, id_: str) -> Case:
    return Case(
        id=f"http.path.id.{name}",
        law="A malformed id in a path is answered like an absent one.",
        tier="edge",
        steps=(
            get("/specimens/<absent.specimen>", 404, "not-found"),
            Step(target=f"/specimens/{id_}", expect=Expect(status=404, same_as=0)),
            Step(target=f"/specimens/{id_}/children/<a.child>", expect=Expect(status=404, same_as=0)),
        ),
    )


CASES: Final = (
    *(one(f"http.path.{name}", law, get(target, status, code), tier="edge") for name, target, status, code, law in _PATHS),
    *(
        one(
            f"http.path.{name}",
            f"A percent sign {law} is 400 (RFC 3986 section 2.1).",
            get(f"/specimens/{segment}", 400, "malformed-path"),
            tier="edge",
            needs=frozenset({Capability.RAW_PATH}),
        )
        for name, segment, law in _ESCAPES
    ),
    *(one(f"http.path.posted.{name}", law, post(target, b'{"label":"A"}', 404, "not-found"), tier="edge") for name, target, law in _POSTED),
    one(
        "http.path.encoded-slash",
        "An encoded slash is part of a segment, and no id has one.",
        get("/specimens%2F<a.specimen>", 404, "not-found"),
        tier="edge",
        needs=frozenset({Capability.RAW_PATH}),
    ),
    one(
        "http.path.encoded-slash-in-id",
        "An encoded slash inside an id is 404.",
        get("/specimens/<a.specimen>%2Fchildren%2f<a.child>", 404, "not-found"),
        tier="edge",
        needs=frozenset({Capability.RAW_PATH}),
    ),
    *(_of_an_id(name, id_) for name, id_ in _IDS),
    Case(
        id="http.path.encoded-letter",
        law="A percent-encoded letter means the letter (RFC 3986 section 2.3), in a name and in an id, in either case of the digits.",
        tier="edge",
        steps=(
            Step(target="/%73pecimens/<a.specimen>", expect=Expect(status=200, fields={"label": "SHARED-1"})),
            Step(target="/%73%70ecimens/<a.specimen>", expect=Expect(status=200, fields={"label": "SHARED-1"})),
            get("/specimens/%73pc_01h455vb4pex5vsknk084sn02q", 404, "not-found"),
            get("/speci%6Dens?limit=1", 200),
            get("/speci%6dens?limit=1", 200),
        ),
    ),
    one(
        "http.path.before-credentials",
        "404 is told before authentication.",
        get("/nothing", 404, "not-found", key=None),
        tier="edge",
    ),
    one(
        "http.path.malformed-before-credentials",
        "A malformed path is told before authentication.",
        get("/specimens/%FF", 400, "malformed-path", key=None),
        tier="edge",
    ),
    one(
        "http.path.malformed-platform-id",
        "A malformed tenant id on a platform path is like an absent one.",
        Step(target="/platform/tenants/nonsense", key="platform.key", expect=Expect(status=404, code="not-found", without=("nonsense",))),
    ),
    one(
        "http.target.too-long",
        "A target above 4,000 bytes is 414 (RFC 9110 section 15.5.15).",
        get("/specimens?label=" + "x" * 4000, 414, "path-too-long"),
        tier="edge",
    ),
    one(
        "http.target.too-long-path",
        "A path above 4,000 bytes is 414, whether it is known or not.",
        get("/" + "x" * 4000, 414, "path-too-long", key=None),
        tier="edge",
    ),
    one(
        "http.target.longest",
        "A target of exactly 4,000 bytes is read.",
        Step(target="/specimens?label=" + "x" * (4000 - len("/specimens?label=")), expect=Expect(status=422, pointers=("query:label",))),
        tier="edge",
    ),
    one(
        "http.target.one-too-long",
        "A target of 4,001 bytes is 414.",
        get("/specimens?label=" + "x" * (4001 - len("/specimens?label=")), 414, "path-too-long"),
        tier="edge",
    ),
)
