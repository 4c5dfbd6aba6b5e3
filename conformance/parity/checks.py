"""The checks of parity: cases and random programs give the same on all targets, and what may differ is written down. It knows the kit's parts."""

import re
from time import perf_counter
from typing import Final

from kingpost.conformance.backend import Setup
from kingpost.conformance.cases import Case, cases_of
from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.renaming import Normal, Renaming
from kingpost.conformance.target import Capability, Exchange, Target
from kingpost.conformance.world import World, exchange_headers, fresh

from .cases import compare
from .differences import Difference, differences, written
from .machine import machine_of, play

COMPONENT: Final = "parity"
CHUNK: Final = 1_000
"""Steps of one check: some seconds."""
MOST_CHUNKS: Final = 200
MOST_OVER_ASGI: Final = 5
MOST_OVER_WSGI: Final = 25
TRIES: Final = 8
"""Of two sides that take turns, one may answer as the reference does."""


def checks(kit: Kit) -> tuple[Check, ...]:
    """The cases by component, programs in pieces of some seconds, and the list of what may differ."""
    return (*_cases(kit), *_programs(kit), _is_short(), *map(_is_fresh, written()))


def _cases(kit: Kit) -> tuple[Check, ...]:
    groups: dict[str, list[Case]] = {}
    for case in cases_of(kit):
        groups.setdefault(case.component, []).append(case)
    return tuple(_group(name, group) for name, group in groups.items())


def _group(name: str, cases: list[Case]) -> Check:
    def run(arena: Arena) -> str:
        try:
            compared = compare(cases, (*arena.against, arena.target))
        finally:
            arena.spoil()
        return f"{compared.cases} cases, {compared.exchanges} exchanges"

    law = f"The cases of {name} get the same answers everywhere, byte for byte, whatever the answers should be."
    return Check(id=f"parity.cases.{name}", component=COMPONENT, law=law, run=run, compares=True)


def _programs(kit: Kit) -> tuple[Check, ...]:
    size = max(CHUNK, -(-kit.profile.steps // MOST_CHUNKS))
    count = -(-kit.profile.steps // size)
    return tuple(_program(number, steps=min(size, kit.profile.steps - size * (number - 1))) for number in range(1, count + 1))


def _program(number: int, *, steps: int) -> Check:
    def run(arena: Arena) -> str:
        return played(arena, number, steps=steps)

    law = "Any program of requests gets the same answers everywhere, byte for byte, and leaves the same rows after each step."
    return Check(
        id=f"parity.programs.{number:03}", component=COMPONENT, law=law, run=run, needs=frozenset({Capability.SEEDED}), compares=True
    )


def played(arena: Arena, number: int, *, steps: int) -> str:
    """Play this piece of the programs of a seed; steps, rate and trace hash. The same seed gives the same hash."""
    targets = _seeded((*arena.against, arena.target))
    machine = machine_of(arena.kit.operations, arena.kit.records, targets)
    begun = perf_counter()
    try:
        play(machine, steps=steps, seeded=arena.kit.seed * 1_000 + number)
    finally:
        arena.spoil()
    took = perf_counter() - begun
    return f"{machine.tally.steps} steps, {machine.tally.steps / took:.0f} a second, trace {machine.tally.trace.hexdigest()}"


def _seeded(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """All of them; ``Skipped`` where one draws ids of its own."""
    unlike = [target.name for target in targets if Capability.SEEDED not in target.capabilities]
    if unlike:
        raise Skipped(f"{', '.join(unlike)} cannot be seeded")
    return targets


def _is_short() -> Check:
    def run(arena: Arena) -> str:
        accepted = differences(arena.target)
        most = MOST_OVER_ASGI if Capability.DUPLICATE_HEADERS in arena.target.capabilities else MOST_OVER_WSGI
        without = [entry.id for entry in accepted if not re.fullmatch(r"[A-Z].{40,}\.", entry.reason)]
        assert len(accepted) <= most, f"{len(accepted)} differences are accepted, at most {most} may be"
        assert not without, f"no reason in a sentence: {without}"
        return f"{len(accepted)} accepted"

    law = f"At most {MOST_OVER_ASGI} differences are accepted over ASGI and {MOST_OVER_WSGI} over WSGI, each with its reason."
    return Check(id="parity.differences", component=COMPONENT, law=law, run=run)


def _is_fresh(entry: Difference) -> Check:
    def run(arena: Arena) -> str:
        if entry.lacks in arena.target.capabilities:
            raise Skipped(f"not accepted of a target that has {entry.lacks}")
        reference = KernelTarget(Setup(components=arena.kit.components, policy=arena.kit.policy))
        expected, got = _answer(entry, reference, fresh(reference)), (_answer(entry, arena.target, arena.world()) for _ in range(TRIES))
        assert any(answer != expected for answer in got), (
            f"stale: {arena.target.name} answers {entry.target} as the reference does; take the entry off the list"
        )
        return ""

    law = f"The accepted difference {entry.id} is one: {entry.reason}"
    return Check(id=f"parity.differences.{entry.id}", component=COMPONENT, law=law, run=run)


def _answer(entry: Difference, target: Target, world: World) -> Normal:
    """The answer to the example, in names, because the reference has a world of its own."""
    return Renaming(world).normalised(target.send(_example(entry, world)))


def _example(entry: Difference, world: World) -> Exchange:
    """The request that shows the difference."""
    target = re.sub("<([a-z.]+)>", lambda match: world[match[1]], entry.target)
    lines = tuple((name.encode(), value.encode()) for name, value in entry.headers) * entry.times
    usual = exchange_headers(world["a.key"], request_id="stale", json=False)
    return Exchange(target=target.encode(), headers=(*usual, *lines))
