"""The golden list of the cases' laws: which id was given to which sentence, for ever. It knows texts and no exchange.

``python -m kingpost.conformance.cases.laws`` prints the lines that ``laws.txt`` lacks.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import msgspec

_LAWS: Final = Path(__file__).with_name("laws.txt")
_WITHDRAWN: Final = Path(__file__).with_name("withdrawn.toml")


class Told(Protocol):
    """What has an id and a law: a case of exchanges, or one of raw bytes."""

    @property
    def id(self) -> str:
        """Given to one law for ever."""
        ...

    @property
    def law(self) -> str:
        """One sentence."""
        ...


def digest(law: str) -> str:
    """What ``laws.txt`` keeps of a sentence: 48 bits, enough to see that it is another one."""
    return sha256(law.encode()).hexdigest()[:12]


def recorded() -> Mapping[str, str]:
    """The digest of each id that was ever given."""
    return dict(line.split() for line in _LAWS.read_text(encoding="utf-8").splitlines())


def withdrawn() -> Mapping[str, str]:
    """The reason for each id that is given no more."""
    document = tomllib.loads(_WITHDRAWN.read_text(encoding="utf-8"))
    return msgspec.convert(document["withdrawn"], dict[str, str])


def missing(cases: Iterable[Told], given: Mapping[str, str]) -> Iterator[str]:
    """The lines of the cases that have none."""
    return (f"{case.id} {digest(case.law)}" for case in cases if case.id not in given)


def faults(cases: Iterable[Told], given: Mapping[str, str], gone: Mapping[str, str]) -> Iterator[str]:
    """What the cases do that they may not, and the mend: a doubled id, a law that was changed, one that is gone without a reason or has come back."""
    told = {case.id: digest(case.law) for case in cases}
    yield from (f"{id_} is given to {count} cases; give each a name of its own" for id_, count in _counts(cases) if count > 1)
    yield from (f"{id_} is not in laws.txt; append the line that this module prints" for id_ in told.keys() - given.keys())
    for id_, law in given.items():
        if id_ in told and id_ in gone:
            yield f"{id_} is withdrawn and given again; take a new id"
        elif id_ in told and told[id_] != law:
            yield f"{id_} has another law than it had; give the new law a new id and withdraw this one in withdrawn.toml"
        elif id_ not in told and not gone.get(id_, "").strip():
            yield f"{id_} is gone; give the reason in withdrawn.toml"
    yield from (f"{id_} is withdrawn and was never given; take it out of withdrawn.toml" for id_ in gone.keys() - given.keys())


def _counts(cases: Iterable[Told]) -> Iterable[tuple[str, int]]:
    return Counter(case.id for case in cases).items()


if __name__ == "__main__":
    from kingpost.conformance.cases import CASES
    from kingpost.conformance.cases.bytes import CASES as BYTE_CASES
    from kingpost.conformance.login.cases import CASES as LOGIN_CASES

    print("\n".join(missing((*CASES, *LOGIN_CASES, *BYTE_CASES), recorded())))  # noqa: T201  (what the command is for)
