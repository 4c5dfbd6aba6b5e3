"""The cases of raw bytes: each states a law, each can fail, and two servers that answer differently are told apart. It knows scripted answers, no server."""

from collections import Counter

import pytest
from msgspec.structs import replace

from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.cases.bytes import CASES, checks, compare
from kingpost.conformance.cases.bytes_case import ByteCase, edge, get, one, play, post
from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Capability
from kingpost.conformance.world import CANARY, World
from kingpost.kernel import tenancy

KIT = Kit(components=(tenancy.COMPONENT, specimen.COMPONENT))
ALWAYS = (
    b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\nreferrer-policy: no-referrer\r\ncross-origin-resource-policy: same-origin\r\n"
    b"vary: Authorization, Tenant, API-Version\r\nrequest-id: first\r\ncache-control: no-store\r\n"
)
WORLD: World = {"a.key": "kp_t_x", "b.id": "ten_x"}


def message(status: int, body: bytes = b"", kind: bytes = b"text/plain", extra: bytes = b"") -> bytes:
    """A reply on the wire."""
    return b"HTTP/1.1 %d X\r\n%scontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (status, extra, kind, len(body), body)


def problem(status: int, code: str) -> bytes:
    """A problem document as the kernel sends one."""
    text = f'{{"type":"/problems/{code}","title":"x","status":{status},"detail":"x","code":"{code}","request_id":"first"}}'
    return message(status, text.encode(), b"application/problem+json", ALWAYS)


class Saying(KernelTarget):
    """Answers exchanges as the kernel does, and raw bytes with what it was told."""

    capabilities = KernelTarget.capabilities - {Capability.SEEDED} | {Capability.BYTES}

    def __init__(self, answer: bytes, name: str = "saying") -> None:
        super().__init__(Setup(components=KIT.components), name)
        self.answer = answer
        self.sent: list[tuple[bytes, ...]] = []

    def send_bytes(self, *sent: bytes, half_close: bool = False) -> bytes:
        """The answer, whatever is sent."""
        self.sent.append(sent)
        return self.answer


OK, REFUSED = message(200), message(400)
ENDS = one("test.ends", "It ends.", get(), (400,))
GOES_ON = one("test.goes-on", "It goes on.", get(), (200,), then="goes on")
EITHER = one("test.either", "It may go on.", get(), (200, 400), then="either")
SILENT = one("test.silent", "It may be silent.", get(), (400,), silent=True)
EDGE = edge("test.edge", "The kernel decides.", get(), 404, "not-found")


def test_there_are_many_cases_and_each_states_a_law_of_its_own() -> None:
    """At least 250 cases, at least 80 of them for the kernel; each has an id of its own and a law in a sentence."""
    assert len(CASES) >= 250
    assert sum(case.tier == "edge" for case in CASES) >= 80
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []
    assert [case.id for case in CASES if not case.law.endswith(".")] == []
    assert all(case.id.startswith("http.bytes.") for case in CASES)


def test_what_the_server_decides_is_no_failure_of_the_adapter() -> None:
    """Contradicting lengths, pipelines and half-closed connections are of the server's tier, and so in the nightly profile alone."""
    of_servers = {case.id for case in CASES if case.tier == "server"}
    assert {"http.bytes.coding.length-first", "http.bytes.pipeline.three", "http.bytes.half.short-body"} <= of_servers
    assert {check.tier for check in checks(KIT)} == {"edge", "server"}
    assert all(check.needs == {Capability.BYTES} for check in checks(KIT))


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (ENDS, REFUSED),
        (GOES_ON, OK + OK),
        (EITHER, OK),
        (EITHER, REFUSED + OK),
        (SILENT, b""),
        (EDGE, problem(404, "not-found") + OK),
    ],
    ids=range(6),
)
def test_a_good_answer_passes(case: ByteCase, answer: bytes) -> None:
    """Every choice that the law leaves is right."""
    assert play(case, Saying(answer), WORLD) is not None


@pytest.mark.parametrize(
    ("case", "answer", "told"),
    [
        (ENDS, REFUSED + OK, "a second reply"),
        (ENDS, OK, "status 200, expected 400"),
        (ENDS, b"", "0 replies"),
        (ENDS, b"<html>", "no HTTP reply|middle of a line"),
        (GOES_ON, OK, "the good request behind is not answered"),
        (GOES_ON, OK + REFUSED, "the good request behind is answered"),
        (GOES_ON, OK + OK + OK, "3 replies"),
        (SILENT, OK, "status 200"),
        (SILENT, REFUSED + OK, "a second reply"),
        (EITHER, message(200, b"Traceback (most recent call last)"), "the inside shows"),
        (EITHER, message(200, CANARY.encode()), "the inside shows"),
        (EDGE, message(404) + OK, "x-content-type-options"),
        (EDGE, problem(404, "other") + OK, "expected 'not-found'"),
        (EDGE, problem(400, "not-found") + OK, "status 400"),
        (EDGE, problem(404, "not-found"), "the good request behind is not answered"),
    ],
    ids=range(15),
)
def test_every_way_to_break_a_law_is_found(case: ByteCase, answer: bytes, told: str) -> None:
    """Another status, too many or too few replies, no problem document, what must not be seen; the message says what was sent."""
    with pytest.raises(AssertionError, match=told) as caught:
        play(case, Saying(answer), WORLD)
    assert "sent: b'GET /tenant HTTP/1.1" in str(caught.value)
    assert case.law in str(caught.value)


def test_a_good_request_stands_behind_the_bytes_and_values_in_them() -> None:
    """What must not be answered is there to be answered; names stand for values of the world."""
    target = Saying(REFUSED)
    play(ENDS, target, WORLD)
    play(replace(ENDS, sent=(b"<b.id> ", b"<none?>"), then="unasked"), target, WORLD)
    (first,), parts = target.sent
    assert b"Bearer kp_t_x" in first
    assert first.endswith(b"GET /livez HTTP/1.1\r\nHost: testserver\r\nRequest-Id: second\r\nConnection: close\r\n\r\n")
    assert parts == (b"ten_x ", b"<none?>")


def _check(id_: str) -> Check:
    return next(check for check in checks(KIT) if check.id == id_)


def test_the_world_is_left_as_it_was_or_made_again() -> None:
    """What was made is removed; where that cannot be, and after a failure, the next check finds a new world."""
    taken = Saying(message(201, extra=ALWAYS) + OK)
    arena = Arena(KIT, taken)
    world = arena.world()
    _check("http.bytes.length.exact").run(arena)
    assert arena.world() is not world  # nothing was made, so nothing could be removed
    world = arena.world()
    with pytest.raises(AssertionError):
        _check("http.bytes.line.trace").run(arena)
    assert arena.world() is not world
    taken.answer, world = OK + OK, arena.world()
    _check("http.bytes.line.http-1.2").run(arena)
    assert arena.world() is world


def test_servers_that_answer_alike_are_alike() -> None:
    """On the same server every case that is no race is compared; on another one those that the kernel decides, without what follows.

    No case of the kernel has more than two replies.
    """
    everything = sum(not case.racing for case in CASES)
    of_the_kernel = sum(case.tier == "edge" for case in CASES)
    assert compare(Saying(REFUSED, "x@one"), Saying(REFUSED, "y@one")) == everything
    assert compare(Saying(REFUSED * 2, "x@one"), Saying(REFUSED * 2 + OK, "y@two")) == of_the_kernel
    assert of_the_kernel < everything


@pytest.mark.parametrize("answer", [OK, REFUSED + OK, message(400, b"x"), message(400, extra=b"x: y\r\n"), b"", b"<html>"])
def test_servers_that_answer_differently_are_told_apart(answer: bytes) -> None:
    """A status, a header, a body, one reply more or none at all; every difference is told with what was sent."""
    arena = Arena(KIT, Saying(REFUSED, "x@one"), against=(Saying(answer, "y@one"),))
    with pytest.raises(AssertionError, match=r"y@one differs from x@one in \d+ of \d+ answers\nhttp\.bytes\.") as caught:
        _check("parity.bytes").run(arena)
    assert "sent: b'TRACE /tenant HTTP/1.1" in str(caught.value)


def test_without_another_server_there_is_nothing_to_compare() -> None:
    """A target that takes no raw bytes is not compared by them."""
    arena = Arena(KIT, Saying(REFUSED), against=(KernelTarget(Setup(components=KIT.components)),))
    with pytest.raises(Skipped):
        _check("parity.bytes").run(arena)


def test_a_body_is_as_long_as_its_case_says() -> None:
    """Cases that are about something else announce the length that they send."""
    for case in CASES:
        head, _, body = b"".join(case.sent).partition(b"\r\n\r\n")
        if case.tier == "edge" and case.statuses[-1] == (201,) and b"Content-Length: " in head and "extra" not in case.id:
            length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
            assert int(length) == len(body), case.id
    assert post(b"", b"x").endswith(b"\r\n\r\nx")
