"""Isolation from the registry: every operation, every channel that carries an id, every value of another tenant. It knows declarations, no operation by name.

Two requests, one answer: what names something of B is answered byte for byte like what names something that never was, and no row changes.
A new operation, and a user's component, are asked all of this without a change here.
"""

from collections.abc import Callable
from functools import cache

from kingpost.conformance.check import Arena, Check, Kit

from .canary import checks_of_canary
from .plans import Plan, plans, share
from .probing import exchange, probe
from .rules import of_every_operation

__all__ = ("Plan", "checks", "exchange", "planned")


def checks(kit: Kit) -> tuple[Check, ...]:
    """A check per operation and channel, per operation and rule, and one that counts the probes."""
    found = plans(kit)
    most = share(kit.profile.probes, (plan.size for plan in found))
    probes = (
        Check(
            id=f"isolation.foreign-{plan.channel}.{plan.operation.id}",
            component="isolation",
            law=f"{plan.operation.method} {plan.operation.path}: {plan.law}",
            run=_probing(plan, most, kit.seed),
        )
        for plan in found
    )
    return (*probes, *of_every_operation(kit), *checks_of_canary(kit), _enough(kit, found, most))


def planned(kit: Kit) -> int:
    """How many probes the checks of the kit send."""
    found = plans(kit)
    most = share(kit.profile.probes, (plan.size for plan in found))
    return sum(min(plan.size, most) for plan in found)


def _probing(plan: Plan, most: int, seed: int) -> Callable[[Arena], str]:
    chosen = cache(lambda: plan.probes(most, seed))
    return lambda arena: probe(arena, plan, chosen())


def _enough(kit: Kit, found: tuple[Plan, ...], most: int) -> Check:
    def run(arena: Arena) -> str:  # noqa: ARG001  (it judges the plans)
        count, wanted = sum(min(plan.size, most) for plan in found), kit.profile.probes
        if count < wanted:
            raise AssertionError(f"the operations give {count} probes, the profile {kit.profile.name} wants {wanted}")
        return f"{count} probes of {len(found)} plans"

    return Check(
        id="isolation.probes",
        component="isolation",
        law="There are as many probes as the profile wants, none of them twice.",
        run=run,
        once=True,
    )
