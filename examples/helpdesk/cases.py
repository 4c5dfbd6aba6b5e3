"""What is demanded of the help desk wherever it is served, for the conformance kit. It knows the API and no adapter."""

from typing import Final

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, get, patch, post
from kingpost.conformance.target import Capability

NO_LIGHT: Final = b'{"subject":"No light","requester":"mary@example.com"}'
DARK: Final = b'{"text":"Still dark."}'


def _opened(key: str = "a.key") -> Step:
    """A ticket, remembered as ``<ticket>`` with its ``<etag>``."""
    save = {"ticket": "json:id", "etag": "header:etag"}
    return Step(method="POST", target="/tickets", key=key, body=NO_LIGHT, expect=Expect(status=201), save=save)


CASES: Final = (
    Case(
        id="helpdesk.move",
        law="A ticket goes where its status lets it go, and under its tag.",
        steps=(
            _opened(),
            patch("/tickets/<ticket>", "<etag>", b'{"status":"closed"}', Expect(status=409, code="ticket-move-refused")),
            patch("/tickets/<ticket>", "<etag>", b'{"status":"solved"}', Expect(status=200, fields={"status": "solved"})),
            patch("/tickets/<ticket>", "<etag>", b'{"status":"open"}', Expect(status=412, code="stale-version")),
            Step(target="/tickets/<ticket>", expect=Expect(status=200, fields={"status": "solved", "requester": "mary@example.com"})),
        ),
    ),
    Case(
        id="helpdesk.search",
        law="A ticket is found by a part of its subject in any case, with the number of its comments.",
        steps=(
            _opened(),
            post("/tickets/<ticket>/comments", DARK, 201),
            post("/tickets/<ticket>/comments", DARK, 201),
            Step(target="/tickets?text=LIGHT", expect=Expect(status=200, listed={"subject": ("No light",), "comments": (2,)})),
            Step(target="/tickets?text=water", expect=Expect(status=200, fields=EMPTY_PAGE)),
            Step(target="/tickets/<ticket>/comments", expect=Expect(status=200, listed={"text": ("Still dark.", "Still dark.")})),
        ),
    ),
    Case(
        id="helpdesk.isolation",
        law="A ticket of another tenant is like none: it cannot be read, moved, commented, announced or found.",
        steps=(
            _opened("b.key"),
            get("/tickets/<ticket>", 404, "not-found"),
            patch("/tickets/<ticket>", "<etag>", b'{"status":"solved"}', Expect(status=404)),
            post("/tickets/<ticket>/comments", DARK, 404, "not-found"),
            post("/tickets/<ticket>/announcements", b'{"url":"https://listener.example/"}', 404, "not-found"),
            Step(target="/tickets", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="helpdesk.announce",
        law="A listener is told how a ticket stands.",
        steps=(_opened(), post("/tickets/<ticket>/announcements", b'{"url":"https://listener.example/"}', 204)),
        needs=frozenset({Capability.BACK_DOOR}),
    ),
)
