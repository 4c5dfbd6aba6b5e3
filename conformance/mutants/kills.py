"""Which checks must fail on which mutant: the written list, what departs from it, and how a list is put shortly. It knows ids, no check and no fault."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec

_KILLS: Final = Path(__file__).with_name("kills.toml")


def written() -> Mapping[str, tuple[str, ...]]:
    """Of each mutant the ids of the checks that must fail; ``*`` where a whole family does."""
    return msgspec.convert(tomllib.loads(_KILLS.read_text(encoding="utf-8")), dict[str, tuple[str, ...]])


def matching(patterns: Iterable[str], ids: Iterable[str]) -> frozenset[str]:
    """The ids that the patterns name."""
    known = tuple(patterns)
    return frozenset(id_ for id_ in ids if any(fnmatchcase(id_, pattern) for pattern in known))


def departures(patterns: tuple[str, ...], failed: frozenset[str], ids: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the kit, or with what is written; nothing where exactly the named checks have failed."""
    wanted = matching(patterns, ids)
    if not failed:
        yield "it survives: no check fails, so a law is missing"
    if wanted - failed:
        yield f"these should fail and pass: {', '.join(sorted(wanted - failed))}"
    if failed - wanted:
        yield f"these fail and are not named: {', '.join(sorted(failed - wanted))}"
    yield from (f"{pattern!r} names no check" for pattern in patterns if not matching((pattern,), ids))


def shortened(failed: frozenset[str], ids: Iterable[str]) -> tuple[str, ...]:
    """The same in patterns: a whole family by its common beginning, the largest first, the rest one by one."""
    known = tuple(ids)
    beginnings = {f"{id_[: mark.end()]}*" for id_ in failed for mark in re.finditer(r"[.-]", id_)}
    families = {pattern: found for pattern in beginnings if (found := matching((pattern,), known)) <= failed}
    names, left = list[str](), set(failed)
    for pattern in sorted(families, key=lambda each: (-len(families[each]), len(each), each)):
        if len(families[pattern] & left) > 1:
            names.append(pattern)
            left -= families[pattern]
    return tuple(sorted((*names, *left)))
