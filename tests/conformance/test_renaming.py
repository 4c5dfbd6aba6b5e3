"""Two targets whose chance and clocks differ answer alike in names; whatever else differs, shows. It knows the reference on memory and nothing slower."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.cases.case import Expect, Step
from kingpost.conformance.cases.player import exchange_of
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.renaming import NORMALISED, Normal, Renaming, translated
from kingpost.conformance.target import Capability, Exchange, Reply
from kingpost.conformance.world import World, exchange_headers, fresh
from kingpost.kernel import tenancy

SETUP = Setup(components=(tenancy.COMPONENT, specimen.COMPONENT))
ID = "spc_01h455vb4pex5vsknk084sn02q"
OTHER = "spc_01h455vb4pex5vsknk084sn02r"
ANY = Expect(status=200)


class Elsewhere(KernelTarget):
    """The kernel on a machine whose chance and clock nobody can set: other ids, keys and times, and a clock that goes on."""

    capabilities = KernelTarget.capabilities - {Capability.SEEDED}

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin at another time with another seed."""
        return super().reset(seed=seed + 1, now=now + timedelta(days=11))

    def send(self, exchange: Exchange) -> Reply:
        """A reply, and some time."""
        reply = super().send(exchange)
        self.bench.advance(0.001)
        return reply


PROGRAM = (
    Step(target="/specimens/<a.specimen>", expect=ANY),
    Step(target="/specimens?limit=1", expect=ANY),
    Step(method="POST", target="/specimens", body=b'{"label":"NEW","title":"<b.id>","price":{"amount":1,"currency":"EUR"}}', expect=ANY),
    Step(method="POST", target="/specimens", body=b'{"label":"NEW"}', expect=ANY),
    Step(target="/specimens/<b.specimen>", expect=ANY),
    Step(target="/specimens?cursor=none", expect=ANY),
    Step(method="PATCH", target="/specimens/<a.specimen>", body=b'{"title":"x"}', headers=(("if-match", "<a.specimen.etag>"),), expect=ANY),
    Step(method="PATCH", target="/specimens/<a.specimen>", body=b'{"title":"x"}', headers=(("if-match", "<a.specimen.etag>"),), expect=ANY),
    Step(target="/specimens/<a.specimen>", headers=(("if-none-match", "<a.specimen.etag>"),), expect=ANY),
    Step(target="/tenant", omit=("request-id",), expect=ANY),
    Step(target="/nothing", omit=("request-id",), expect=ANY),
    Step(target="/platform/tenants/<a.id>", key="platform.key", expect=ANY),
    Step(method="POST", target="/platform/tenants", key="platform.key", body=b'{"slug":"<nonce>-new","name":"New"}', expect=ANY),
    Step(target="/openapi.json", key=None, expect=ANY),
    Step(target="/metrics", key=None, expect=ANY),
    Step(target="/livez", key=None, expect=ANY),
)


class Side:
    """A target with its world and its names."""

    def __init__(self, target: KernelTarget) -> None:
        self.target = target
        self.world: World = fresh(target)
        self.names = Renaming(self.world)

    def play(self, step: Step) -> Normal:
        """The answer to a step, in names."""
        return self.names.normalised(self.target.send(exchange_of(step, self.world, request_id="step")))


@pytest.fixture
def sides() -> tuple[Side, Side]:
    """The reference, and the same kernel elsewhere."""
    return Side(KernelTarget(SETUP)), Side(Elsewhere(SETUP, "elsewhere"))


def page_of(
    etag: str = '"one"', *ids: str, created: str = "2026-11-01T09:30:00.000000Z", updated: str = "2026-11-01T09:30:00.000000Z"
) -> Reply:
    """A reply with these resources."""
    items = ",".join(f'{{"id":"{id_}","created_at":"{created}","updated_at":"{updated}"}}' for id_ in ids)
    return Reply(status=200, headers=((b"etag", etag.encode()),), body=f'{{"items":[{items}]}}'.encode())


def test_the_list_of_what_is_normalised_is_short_and_has_reasons() -> None:
    """Ten things at most are normalised, each for a reason in sentences."""
    assert len(NORMALISED) <= 10
    assert all(reason.endswith(".") and len(reason) > 40 for reason in NORMALISED.values())


def test_the_same_kernel_elsewhere_answers_alike(sides: tuple[Side, Side]) -> None:
    """Ids, keys, tags, cursors and times differ between the two, and nothing differs in names."""
    here, there = sides
    assert here.world["a.id"] != there.world["a.id"]
    for step in PROGRAM:
        assert here.play(step) == there.play(step)


def test_an_exchange_is_translated_into_the_values_of_the_other(sides: tuple[Side, Side]) -> None:
    """What the reference told (ids, keys, tags, cursors and links, the nonce) reaches the other target as its own values."""
    here, there = sides
    first = Step(target="/specimens?limit=1", expect=ANY)
    reply = here.target.send(exchange_of(first, here.world, request_id="step"))
    assert here.names.normalised(reply) == there.play(first)
    link = (reply.one("link") or "").partition("<")[2].partition(">")[0]
    item = msgspec.convert(reply.json()["items"], list[dict[str, object]])[0]["id"]
    followed = exchange_of(Step(target=link, expect=ANY), here.world, request_id="step")
    changed = Exchange(
        method="PATCH",
        target=f"/specimens/{here.world['a.child']}".encode(),
        headers=(*exchange_headers(here.world["a.key"], request_id="x", json=True), (b"if-match", here.world["a.child.etag"].encode())),
        body=f'{{"title":"{here.world["nonce"]}","parent_id":"{item}"}}'.encode(),
    )
    for exchange in (followed, changed):
        theirs = translated(exchange, here.names, there.names)
        assert theirs != exchange
        ours, other = here.target.send(exchange), there.target.send(theirs)
        assert (ours.status, other.status) == (200, 200)
        assert here.names.normalised(ours) == there.names.normalised(other)


def test_two_that_are_equal_on_one_side_must_be_equal_on_the_other() -> None:
    """An id or a tag that comes again is not one that comes first."""
    assert Renaming().normalised(page_of('"x"', ID, ID)) != Renaming().normalised(page_of('"x"', ID, OTHER))
    one, two = Renaming(), Renaming()
    assert one.normalised(page_of('"x"', ID)) == two.normalised(page_of('"y"', OTHER))
    assert one.normalised(page_of('"x"', ID)) != two.normalised(page_of('"z"', OTHER))


@pytest.mark.parametrize(
    "other",
    [
        Reply(status=201, headers=((b"vary", b"a"),), body=b"{}"),
        Reply(status=200, headers=((b"vary", b"b"),), body=b"{}"),
        Reply(status=200, headers=(), body=b"{}"),
        Reply(status=200, headers=((b"vary", b"a"), (b"vary", b"a")), body=b"{}"),
        Reply(status=200, headers=((b"vary", b"a"),), body=b"{ }"),
        Reply(status=200, headers=((b"vary", b"a"),), body=b'{"due":"2026-11-01T09:30:00.000000Z"}'),
    ],
    ids=["status", "header", "absent", "repeated", "space", "other-time"],
)
def test_everything_else_must_be_equal(other: Reply) -> None:
    """Status, headers and bytes are compared as they are; so is a time that the caller has given."""
    reply = Reply(status=200, headers=((b"date", b"today"), (b"vary", b"a"), (b"content-length", b"2")), body=b"{}")
    assert Renaming().normalised(reply) == Renaming().normalised(Reply(status=200, headers=((b"vary", b"a"),), body=b"{}"))
    assert Renaming().normalised(reply) != Renaming().normalised(other)


def broken() -> Iterator[tuple[str, tuple[Reply, ...]]]:
    """Replies that no target may give, in an order in which it may not give them."""
    early, late = "2026-11-01T09:30:00.000000Z", "2026-11-01T09:30:00.000001Z"
    yield "no time", (page_of('"x"', ID, created="2026-11-01T09:30:00Z", updated=early),)
    yield "was updated", (page_of('"x"', ID, created=late, updated=early),)
    yield "was created", (page_of('"x"', ID, created=early), page_of('"x"', ID, created=late, updated=late))
    yield "was updated", (page_of('"x"', ID, updated=late), page_of('"x"', ID, updated=early))
    yield "Content-Length", (replace(page_of('"x"', ID), headers=((b"content-length", b"3"),)),)


@pytest.mark.parametrize(("told", "replies"), list(broken()))
def test_what_is_not_compared_is_checked(told: str, replies: tuple[Reply, ...]) -> None:
    """The shape of times, that they do not go back, and lengths."""
    names = Renaming()
    *good, bad = replies
    for reply in good:
        names.normalised(reply)
    with pytest.raises(AssertionError, match=told):
        names.normalised(bad)


def test_a_value_that_was_never_told_is_translated_into_itself() -> None:
    """An id that does not exist stays the same, and a name that stands for nothing stays a name."""
    exchange = Exchange(target=f"/specimens/{ID}".encode(), body=b"<spc:9>")
    assert translated(exchange, Renaming(), Renaming()) == exchange
