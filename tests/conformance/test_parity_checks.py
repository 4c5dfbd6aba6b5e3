"""The checks of parity: the written list of differences is short and fresh, programs are cut into pieces, and a broken target fails. It knows the reference."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from kingpost.conformance.check import PROFILES, Arena, Check, Kit, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.parity import Different, checks, differences, written
from kingpost.conformance.target import Capability, Exchange, Reply, Target
from tests.conformance.broken import WithoutVary, broken
from tests.conformance.targets import COMPONENTS, MemoryTarget

KIT = Kit(components=COMPONENTS)
CHECKS = {check.id: check for check in checks(KIT)}


class Narrow(KernelTarget):
    """The reference, which says that it cannot do what it can."""

    capabilities = KernelTarget.capabilities - {Capability.RAW_PATH, Capability.DUPLICATE_HEADERS}


def programs(kit: Kit) -> tuple[Check, ...]:
    """The checks that play programs."""
    return tuple(check for check in checks(kit) if check.id.startswith("parity.programs"))


def test_the_list_is_short_and_every_entry_has_a_reason(target: Target) -> None:
    """No difference is accepted over ASGI, at most 25 over WSGI, each with a reason in a sentence."""
    assert CHECKS["parity.differences"].run(Arena(KIT, target)) == f"{len(differences(target))} accepted"
    assert Capability.DUPLICATE_HEADERS not in target.capabilities or not differences(target)


@pytest.mark.parametrize("entry", [entry.id for entry in written()])
def test_no_entry_is_stale(django_wsgi_decoded_target: Target, entry: str) -> None:
    """The example of every entry is answered differently by a target that the entry is about, and by the reference it is not."""
    check = CHECKS[f"parity.differences.{entry}"]
    check.run(Arena(KIT, django_wsgi_decoded_target))
    with pytest.raises(AssertionError, match="stale"):
        check.run(Arena(KIT, broken(Narrow)))
    with pytest.raises(Skipped, match="not accepted"):
        check.run(Arena(KIT, MemoryTarget()))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_steps_of_a_profile_are_cut_into_pieces(profile: str) -> None:
    """Each piece takes some seconds in the profiles that a person waits for, and there are never more than 200."""
    pieces = programs(Kit(components=COMPONENTS, profile=PROFILES[profile]))
    assert len(pieces) == min(200, PROFILES[profile].steps // 1_000)
    assert len({piece.id for piece in pieces}) == len(pieces)


def test_a_piece_tells_what_was_played() -> None:
    """The note tells steps, rate and trace hash; the same seed gives the same hash, and each piece another."""
    kit = Kit(components=COMPONENTS, profile=structs.replace(PROFILES["quick"], steps=1_200))
    first, second = programs(kit)
    notes = [piece.run(Arena(kit, MemoryTarget(), against=(MemoryTarget(),))) for piece in (second, second)]
    assert len({note.rpartition(" ")[2] for note in notes}) == 1
    assert all(int(note.partition(" ")[0]) >= 200 for note in notes)
    assert first.id == "parity.programs.001"


def test_a_broken_target_fails() -> None:
    """A target that leaves out a header of one answer fails with both answers and a script."""
    with pytest.raises(Different, match="broken differs from memory") as caught:
        CHECKS["parity.programs.001"].run(Arena(KIT, broken(WithoutVary), against=(MemoryTarget(),)))
    assert "vary:" in str(caught.value)
    assert "ask -X POST" in str(caught.value)


class Elsewhere(KernelTarget):
    """The reference on a machine whose chance and clock nobody can set."""

    capabilities = KernelTarget.capabilities - {Capability.SEEDED, Capability.BACK_DOOR}
    door = None  # type: ignore[assignment]  # it has none

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin at another time with another seed."""
        return super().reset(seed=seed + 1, now=now + timedelta(days=11))

    def send(self, exchange: Exchange) -> Reply:
        """A reply, and some time."""
        self.bench.advance(0.003)
        return super().send(exchange)


def test_cases_are_compared_with_each_other() -> None:
    """Every group of cases is played on both targets, one of them with ids and times of its own."""
    groups = [check for check in checks(KIT) if check.id.startswith("parity.cases")]
    assert {check.id.rpartition(".")[2] for check in groups} >= {"http", "isolation", "specimen", "tenancy"}
    for against in (MemoryTarget(), broken(Elsewhere)):
        notes = [group.run(Arena(KIT, MemoryTarget(), against=(against,))) for group in groups]
        assert sum(int(note.partition(" ")[0]) for note in notes) > 700


def test_a_case_that_is_answered_otherwise_is_told() -> None:
    """All cases that differ are named; the first with both answers and a script that makes its world too."""
    with pytest.raises(Different, match=r"cases are not answered alike: .*tenancy\.") as caught:
        CHECKS["parity.cases.tenancy"].run(Arena(KIT, broken(WithoutVary), against=(MemoryTarget(),)))
    assert "broken differs from memory" in str(caught.value)
    assert "ask -X POST -H 'request-id: world'" in str(caught.value)
