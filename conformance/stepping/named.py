"""Races whose outcome has a name: what must come of two particular requests, whoever is first. It knows tenancy and the kit's own component."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from kingpost.conformance.world import NOW

from .deeds import issuing_the_first_key, revoking, rotating
from .laws import Act, Broken, Judge, Program, told
from .playing import Case
from .requests import Asked, Cast
from .scheduler import Played
from .stage import Rows

NOW_WRITTEN: Final = NOW.isoformat().replace("+00:00", "Z")
Answers = frozenset[tuple[str, ...]]


class Race(Struct, frozen=True, kw_only=True):
    """Requests that run at the same time, and the answers that they may get together."""

    id: str
    law: str
    asked: Callable[[Cast], tuple[Act, ...]]
    answers: Answers
    """Status and, for a refusal, code, of each request in order."""
    rows: Callable[[Rows], bool] = lambda _: True

    def case(self, cast: Cast, check: str) -> Case:
        """The race from the world as it is."""
        cast.stage.begin(cast.scene)
        return Case(check=check, number=0, program=Program(scene=cast.scene, asked=self.asked(cast)), law=self._hold)

    def _hold(self, judge: Judge, played: Played) -> None:
        if any(step.fault is not None for step in played.steps):  # a schedule that somebody plays: the general laws judge it
            return
        answers = tuple(told(outcome)[:3] if told(outcome)[0] == "2" else told(outcome) for outcome in played.outcomes)
        if answers not in self.answers:
            raise Broken(f"{self.law} The answers are {answers}; there can be: {' or '.join(map(str, sorted(self.answers)))}.")
        if not self.rows(judge.stage.rows()):
            raise Broken(f"{self.law} These rows are new: {_new(judge)}.")


def _new(judge: Judge) -> list[object]:
    """The rows that were not there at the beginning."""
    kept = [msgspec.to_builtins(row) for rows in judge.program.scene.rows.values() for row in rows.values()]
    return [row for table in judge.stage.rows().values() for row in table if row not in kept]


def either(*answers: str) -> Answers:
    """The answers in one order or the other."""
    return frozenset((answers, answers[::-1]))


SPECIMENS: Final = "kingpost_specimen_specimen"


def _adjusting(*deltas: int) -> Callable[[Cast], tuple[Asked, ...]]:
    return lambda cast: tuple(cast.ask(cast.named("specimen.count.adjust"), "a", body={"delta": delta}) for delta in deltas)


def _creating(cast: Cast, actor: str = "a", **more: object) -> Asked:
    operation = cast.named("specimen.specimens.create")
    return cast.ask(operation, "b" if actor == "b" else "a", body={**cast.body_of(operation), **more})


def _updating(cast: Cast, **body: object) -> Asked:
    return cast.ask(cast.named("specimen.specimens.update"), "a", body=body)


def _deleting(cast: Cast) -> Asked:
    return cast.ask(cast.named("specimen.specimens.delete"), "a")


def _moving(cast: Cast, verb: str) -> Asked:
    return cast.ask(cast.named(f"tenancy.tenants.{verb}"), body={})


def _counts(rows: Rows, *wanted: int) -> bool:
    return any(row["count"] in wanted for row in rows[SPECIMENS])


def _parents_are_there(rows: Rows) -> bool:
    there = {row["id"] for row in rows[SPECIMENS]} | {None}
    return all(row["parent_id"] in there for row in rows[SPECIMENS])


OF_TENANCY: Final = (
    Race(
        id="one-first-key",
        law="Of many processes that make the platform's first key exactly one succeeds.",
        asked=lambda cast: (issuing_the_first_key(cast), issuing_the_first_key(cast)),
        answers=either("200", "409 conflict"),
    ),
    Race(
        id="revoked-keys-stay-revoked",
        law="A key that is revoked while it is rotated works no longer.",
        asked=lambda cast: (rotating(cast), revoking(cast)),
        answers=frozenset({("200", "200")}),
        rows=lambda rows: any(row["expires_at"] == NOW_WRITTEN for row in rows["kingpost_tenancy_accesskey"]),
    ),
    Race(
        id="rotated-twice",
        law="A key that two rotate at the same time ends once, and each gets another one.",
        asked=lambda cast: (rotating(cast), rotating(cast)),
        answers=frozenset({("200", "200")}),
    ),
    Race(
        id="suspended-or-closed",
        law="Of two moves of one version of a tenant exactly one is done.",
        asked=lambda cast: (_moving(cast, "suspend"), _moving(cast, "close")),
        answers=either("200", "412 stale-version"),
    ),
    Race(
        id="hosts-in-opposite-order",
        law="Of two tenants that claim the same host names, in whatever order, exactly one is made.",
        asked=lambda cast: tuple(
            cast.ask(cast.named("tenancy.tenants.create"), body={"slug": slug, "name": slug, "hosts": hosts})
            for slug, hosts in (("first", ("a.example", "b.example")), ("second", ("b.example", "a.example")))
        ),
        answers=either("201", "409 host-taken"),
    ),
)
"""What holds wherever there are tenants."""

OF_SPECIMENS: Final = (
    Race(
        id="counts-add-up",
        law="Of three adjustments of one count none is lost.",
        asked=_adjusting(-3, -2, 7),
        answers=frozenset({("200", "200", "200")}),
        rows=lambda rows: _counts(rows, 42),
    ),
    Race(
        id="count-never-below-zero",
        law="Of two adjustments that together take more than there is, one is refused.",
        asked=_adjusting(-30, -30),
        answers=either("200", "409 count-insufficient"),
        rows=lambda rows: _counts(rows, 10),
    ),
    Race(
        id="one-writer-wins",
        law="Of two updates of one version exactly one is done.",
        asked=lambda cast: (_updating(cast, title="One"), _updating(cast, title="Other")),
        answers=either("200", "412 stale-version"),
    ),
    Race(
        id="one-holder-of-a-label",
        law="Of two specimens with one label exactly one is made.",
        asked=lambda cast: (_creating(cast), _creating(cast)),
        answers=either("201", "409 label-taken"),
    ),
    Race(
        id="a-label-by-update-or-creation",
        law="A label that one takes by update and the other by creation goes to one of them.",
        asked=lambda cast: (_updating(cast, label="QUARTZ-1"), _creating(cast)),
        answers=frozenset({("200", "409 label-taken"), ("409 label-taken", "201")}),
    ),
    Race(
        id="no-dangling-reference",
        law="A part is made, or its whole is deleted, never both.",
        asked=lambda cast: (_creating(cast, parent_id=_deleting(cast).rows[-1]), _deleting(cast)),
        answers=frozenset({("201", "409 specimen-in-use"), ("422 invalid", "204")}),
        rows=_parents_are_there,
    ),
    Race(
        id="adjusted-or-deleted",
        law="A specimen that is adjusted while it is deleted is one or the other.",
        asked=lambda cast: (*_adjusting(-3)(cast), _deleting(cast)),
        answers=frozenset({("200", "412 stale-version"), ("404 not-found", "204")}),
    ),
    Race(
        id="tenants-do-not-meet",
        law="Two tenants take one label at the same time, and neither notices.",
        asked=lambda cast: (_creating(cast), _creating(cast, "b")),
        answers=frozenset({("201", "201")}),
    ),
)
"""What holds of the kit's own component."""
