"""Cases about times and references in a body: one profile of RFC 3339, one spelling of ids (spec http, table; attack 9; RULES 25)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Step, one, patch, specimen

_REFUSED: Final = (
    ("date-only", '"2026-12-24"', "A date is no time."),
    ("no-seconds", '"2026-12-24T18:00Z"', "Seconds are never left out."),
    ("no-zone", '"2026-12-24T18:00:00"', "A time without a zone would be a guess."),
    ("zero-offset", '"2026-12-24T18:00:00+00:00"', "UTC is written Z."),
    ("negative-zero-offset", '"2026-12-24T18:00:00-00:00"', "An unknown offset is no UTC (RFC 3339 section 4.3)."),
    ("offset", '"2026-12-24T18:00:00+02:00"', "Times are in UTC; another offset is 422."),
    ("lower-case", '"2026-12-24t18:00:00z"', "T and Z are in upper case."),
    ("space", '"2026-12-24 18:00:00Z"', "T is no space."),
    ("basic", '"20261224T180000Z"', "The basic format of ISO 8601 is not that of RFC 3339."),
    ("week", '"2026-W52-4T18:00:00Z"', "A week date is no date of RFC 3339."),
    ("ordinal", '"2026-358T18:00:00Z"', "An ordinal date is no date of RFC 3339."),
    ("fraction-7", '"2026-12-24T18:00:00.1234567Z"', "Seven digits of a second would have to be cut."),
    ("fraction-9", '"2026-12-24T18:00:00.123456789Z"', "Nine digits of a second would have to be rounded."),
    ("fraction-empty", '"2026-12-24T18:00:00.Z"', "A point without digits behind it is 422."),
    ("fraction-comma", '"2026-12-24T18:00:00,5Z"', "The fraction follows a point."),
    ("hour-24", '"2026-12-24T24:00:00Z"', "There is no hour 24."),
    ("minute-60", '"2026-12-24T18:60:00Z"', "There is no minute 60."),
    ("leap-second", '"2016-12-31T23:59:60Z"', "A leap second is 422: no store keeps one."),
    ("month-13", '"2026-13-01T00:00:00Z"', "There is no month 13."),
    ("month-0", '"2026-00-01T00:00:00Z"', "There is no month 0."),
    ("day-0", '"2026-01-00T00:00:00Z"', "There is no day 0."),
    ("day-31", '"2026-04-31T00:00:00Z"', "April has 30 days."),
    ("day-30", '"2026-02-30T00:00:00Z"', "February has no day 30."),
    ("leap-day", '"2026-02-29T00:00:00Z"', "2026 has no leap day."),
    ("leap-century", '"2100-02-29T00:00:00Z"', "2100 has no leap day."),
    ("year-0", '"0000-01-01T00:00:00Z"', "There is no year 0."),
    ("year-5-digits", '"12026-01-01T00:00:00Z"', "A year has four digits."),
    ("year-2-digits", '"26-01-01T00:00:00Z"', "A year is not shortened."),
    ("year-negative", '"-2026-01-01T00:00:00Z"', "A year has no sign."),
    ("leading-space", '" 2026-12-24T18:00:00Z"', "A time forgives no space before it."),
    ("trailing-space", '"2026-12-24T18:00:00Z "', "A time forgives no space behind it."),
    ("trailing-newline", '"2026-12-24T18:00:00Z\\n"', "A time forgives no line break behind it."),
    ("arabic-digits", '"\u0662\u0660\u0662\u0666-12-24T18:00:00Z"', "The digits of a time are those of ASCII."),
    ("words", '"tomorrow"', "A word is no time."),
    ("rfc-9110", '"Thu, 24 Dec 2026 18:00:00 GMT"', "The date of HTTP headers is no time of a body."),
    ("empty", '""', "An empty text is no time."),
    ("epoch", "1798135200", "Seconds since the epoch are no time."),
    ("epoch-milliseconds", "1798135200000", "Milliseconds since the epoch are no time."),
    ("epoch-text", '"1798135200"', "Seconds since the epoch in quotes are no time."),
    ("epoch-float", "1798135200.5", "A fraction of seconds since the epoch is no time."),
    ("true", "true", "true is no time."),
    ("object", "{}", "An object is no time."),
)

_TAKEN: Final = (
    ("whole", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00.000000Z"),
    ("one-digit", "2026-12-24T18:00:00.1Z", "2026-12-24T18:00:00.100000Z"),
    ("three-digits", "2026-12-24T18:00:00.123Z", "2026-12-24T18:00:00.123000Z"),
    ("six-digits", "2026-12-24T18:00:00.123456Z", "2026-12-24T18:00:00.123456Z"),
    ("last-microsecond", "2026-12-31T23:59:59.999999Z", "2026-12-31T23:59:59.999999Z"),
    ("zeros", "2026-12-24T18:00:00.000000Z", "2026-12-24T18:00:00.000000Z"),
    ("leap-day", "2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000000Z"),
    ("before-epoch", "1969-07-20T20:17:40Z", "1969-07-20T20:17:40.000000Z"),
    ("before-epoch-fraction", "1900-01-01T00:00:00.000001Z", "1900-01-01T00:00:00.000001Z"),
    ("summer-time", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00.000000Z"),
    ("earliest", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ("latest", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
)

_IDS: Final = (
    ("upper", '"SPC_01H455VB4PEX5VSKNK084SN02Q"'),
    ("upper-suffix", '"spc_01H455VB4PEX5VSKNK084SN02Q"'),
    ("other-prefix", '"<a.id>"'),
    ("no-prefix", '"01h455vb4pex5vsknk084sn02q"'),
    ("uuid", '"018c8a5d-ac96-7775-bce6-b504c10d22f7"'),
    ("braces", '"{018c8a5d-ac96-7775-bce6-b504c10d22f7}"'),
    ("urn", '"urn:uuid:018c8a5d-ac96-7775-bce6-b504c10d22f7"'),
    ("overflow", '"spc_8zzzzzzzzzzzzzzzzzzzzzzzzz"'),
    ("short", '"spc_01h455vb4pex5vsknk084sn02"'),
    ("excluded-letter", '"spc_01h455vb4pex5vsknk084sn0il"'),
    ("trailing-newline", '"<a.specimen>\\n"'),
    ("leading-space", '" <a.specimen>"'),
    ("empty", '""'),
    ("quote", "\"' OR '1'='1\""),
)


def _due(name: str, text: str, law: str) -> Case:
    reason = "invalid-timestamp" if text.startswith('"') else "wrong-type"
    step = Step(
        method="POST",
        target="/specimens",
        body=specimen(due=text.encode()),
        expect=Expect(status=422, code="invalid", pointers=("/due",), reasons=(reason,)),
    )
    return one(f"http.time.refused.{name}", law, step)


def _kept(name: str, sent: str, kept: str) -> Case:
    return Case(
        id=f"http.time.taken.{name}",
        law=f"{sent} comes back as {kept}, and again when it is read.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen(due=f'"{sent}"'.encode()),
                expect=Expect(status=201, fields={"due": kept}),
                save={"where": "header:location"},
            ),
            Step(target="<where>", expect=Expect(status=200, fields={"due": kept})),
        ),
    )


CASES: Final = (
    *(_due(*row) for row in _REFUSED),
    *(_kept(*row) for row in _TAKEN),
    one(
        "http.time.in-patch",
        "A change takes times of the same profile.",
        patch("/specimens/<a.specimen>", "<a.specimen.etag>", b'{"due":"2026-12-24"}', Expect(status=422, pointers=("/due",))),
    ),
    *(
        one(
            f"http.reference.{name}",
            "A malformed id in a body is 422, with one grammar for path, query and body.",
            Step(
                method="POST",
                target="/specimens",
                body=specimen(parent_id=id_.encode()),
                expect=Expect(status=422, code="invalid", pointers=("/parent_id",), reasons=("invalid-id",)),
            ),
        )
        for name, id_ in _IDS
    ),
    *(
        one(
            f"http.reference.{name}",
            "An id in a body is text, or null where there may be none.",
            Step(
                method="POST",
                target="/specimens",
                body=specimen(parent_id=value),
                expect=Expect(status=422, pointers=("/parent_id",), reasons=("wrong-type",)),
            ),
        )
        for name, value in (("integer", b"1"), ("false", b"false"), ("object", b'{"id":"<a.specimen>"}'), ("array", b'["<a.specimen>"]'))
    ),
)
