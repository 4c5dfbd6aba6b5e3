"""The workbench: a bench over memory, on which calls can be stepped. It knows no framework."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kingpost.conformance.world import NOW
from kingpost.kernel import tenancy
from kingpost.kernel.component import Component
from kingpost.kernel.policy import Policy

from .bench import Bench
from .ground import POLICY, StageGround, taken, with_required
from .prepared import Prepared
from .schedules import CRASHES, Fault, Law, Theatre

LIMIT: Final = 2_000
"""Interleavings of some calls, beyond which those with few preemptions are played."""


class Workbench(Bench):
    """A kernel of some components, empty, and its callers.

    ``with Workbench(helpdesk.COMPONENT) as bench: ...``; in pytest the fixture ``kingpost`` is one. Tenancy is always there, and so is
    whatever of Kingpost's own the components require.
    """

    def __init__(self, *components: Component, policy: Policy = POLICY, now: datetime = NOW, seed: object = "testing") -> None:
        """``policy`` holds the settings, ``now`` is when the test begins, ``seed`` decides ids, keys and whatever else is drawn."""
        super().__init__()
        self._components = with_required((tenancy.COMPONENT, *components))
        self._policy = policy
        self._now = now
        self._seed = str(seed)

    def enter(self) -> StageGround:
        """A ground of its own."""
        ground = taken(self._components)
        ground.begin(self._policy, now=self._now, seed=self._seed)
        return ground

    def every_interleaving(self, *calls: Prepared, law: Law | None = None, limit: int = LIMIT, schedule: str = "") -> str:
        """Do the calls at the same time, in every interleaving of their steps that makes a difference, each from where things stand now.

        After each one must hold: what came of them, and the rows, are those of some order of the calls, one after the other; nothing stays
        locked; and ``law``, given what came of each call. ``AssertionError`` has the shortest schedule that breaks it, every step of it, and
        the ``schedule`` with which it is played again. Beyond ``limit`` interleavings those with at most two switches are played. Afterwards
        everything stands as before. The result says how many were played.
        """
        __tracebackhide__ = True
        return _told_in_the_test(lambda: self._theatre.interleaved(calls, law, limit=limit, schedule=schedule))

    def crash_everywhere(self, call: Prepared, *, law: Law | None = None, faults: tuple[Fault, ...] = CRASHES, schedule: str = "") -> str:
        """Do the call, and let it crash at every call of the store: cancelled or killed, before it and behind it.

        After each crash must hold: the rows are as before or as after, nothing stays locked, the call can be made again; and ``law``, given
        what came of it. ``faults`` may name others of ``Fault``. For the rest see ``every_interleaving``.
        """
        __tracebackhide__ = True
        return _told_in_the_test(lambda: self._theatre.crashed(call, law, faults=faults, schedule=schedule))

    @property
    def _theatre(self) -> Theatre:
        ground = self._here
        if not isinstance(ground, StageGround):
            raise TypeError("a workbench stands on a stage")
        stage = ground.stage
        return Theatre(stage=stage, asking=lambda: stage.machine.enter("law"))


def _told_in_the_test(play: Callable[[], str]) -> str:
    """What is played; a broken law without the traceback of the kit, because its message has the schedule and every step."""
    __tracebackhide__ = True
    try:
        return play()
    except AssertionError as broken:
        raise broken.with_traceback(None) from None
