"""Which checks of the kit a run tries. It knows parts, components, tiers and ids by name, no check in particular."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError

from .check import Check, Profile, Tier
from .names import check_known, suggestion


class Part(Struct, frozen=True, kw_only=True):
    """The checks of one part."""

    name: str
    checks: tuple[Check, ...]


class Selection(Struct, frozen=True, kw_only=True):
    """What a run is narrowed to; what is empty narrows nothing."""

    parts: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    """Ids, with ``*`` and ``?`` as in the names of files."""
    tiers: tuple[Tier, ...] = ()


def selected(found: tuple[Part, ...], selection: Selection, profile: Profile) -> tuple[Check, ...]:
    """The checks of a run, those of one component together. ``ConfigurationError`` for a name that is not there, or where none is left."""
    everything = tuple(check for part in found for check in part.checks)
    _check_names(everything, selection)
    wanted = [check for part in found for check in part.checks if _is_wanted(part.name, check, selection, profile)]
    if not wanted:
        raise ConfigurationError("no check is left: --part, --component, --case and --tier narrow to those that all of them name")
    order = list(dict.fromkeys(check.component for check in wanted))
    return tuple(sorted(wanted, key=lambda check: (check.once, order.index(check.component))))


def _check_names(everything: Iterable[Check], selection: Selection) -> None:
    ids = tuple(check.id for check in everything)
    check_known("--component", selection.components, tuple(dict.fromkeys(check.component for check in everything)))
    for pattern in selection.cases:
        if not any(fnmatchcase(id_, pattern) for id_ in ids):
            raise ConfigurationError(f"--case {pattern}: no check has such an id{suggestion(pattern, ids)}")


def _is_wanted(part: str, check: Check, selection: Selection, profile: Profile) -> bool:
    """Whether nothing narrows the check away; what is asked for by its own name is tried in every profile."""
    return (
        part in (selection.parts or (part,))
        and check.component in (selection.components or (check.component,))
        and check.tier in (selection.tiers or (check.tier,))
        and (not selection.cases or any(fnmatchcase(check.id, pattern) for pattern in selection.cases))
        and (bool(selection.cases) or _is_of(part, check, selection, profile))
    )


def _is_of(part: str, check: Check, selection: Selection, profile: Profile) -> bool:
    """Whether the profile tries the check, or somebody asked for its part or tier."""
    if check.tier == "server" and not profile.servers:
        return check.tier in selection.tiers
    return part != "mutants" or profile.mutants or part in selection.parts
