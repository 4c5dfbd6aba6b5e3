"""The cases about people find what they are there to find: each break of the kernel fails the cases that are named for it, and no others."""

from collections.abc import Callable

import pytest

from kingpost.conformance import login, specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.cases import cases_of, tried
from kingpost.conformance.check import Arena, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.mutants.mutant import failing
from kingpost.kernel import identity, stages, tenancy
from kingpost.kernel.csrf import Csrf
from kingpost.kernel.headers import Headers
from kingpost.kernel.identity import MirroredSession, usecases

KIT = Kit(components=(tenancy.COMPONENT, specimen.COMPONENT, identity.COMPONENT, login.COMPONENT))
ORIGINS = {"origin", "origin-null", "origin-scheme", "origin-port", "origin-decides"}
TOKENS = {"no-token", "empty-token", "wrong-token", "short-token", "no-cookie"}
SITES = {"cross-site", "same-site"}


def believes_all(headers: Headers, *, method: str, scheme: str, rules: Csrf, upgrade: bool = False) -> None:
    """Every change is meant."""


def takes_the_last(headers: Headers, name: str) -> str | None:
    """Of several cookies of one name."""
    pairs = [pair.strip().partition("=") for value in headers.raw("cookie") for pair in value.decode("latin-1").split(";")]
    return next((value.strip('"') for key, _, value in reversed(pairs) if key == name), None) or None


def never_ends(mirrored: MirroredSession, now: object, *, seconds: float) -> bool:
    """A session counts for ever."""
    return seconds > 0 and now is not None and mirrored.account != ""


BREAKS: dict[str, tuple[object, str, Callable[..., object], set[str]]] = {
    "believes every change": (
        stages.csrf,
        "check",
        believes_all,
        {f"csrf.{name}" for name in (*ORIGINS, *TOKENS, *SITES, "before-all", "tells")},
    ),
    "believes every origin": (stages.csrf, "is_ours", lambda *_, **__: True, {f"csrf.{name}" for name in ORIGINS}),
    "compares tokens as they are": (
        stages.csrf,
        "same_secret",
        lambda kept, sent: bool(kept) and kept == sent,
        {"csrf.masked", "csrf.masked-cookie"},
    ),
    "takes any token for the secret": (
        stages.csrf,
        "same_secret",
        lambda kept, sent: bool(kept) and bool(sent),
        {"csrf.wrong-token", "csrf.short-token"},
    ),
    "takes the last of two cookies": (
        usecases,
        "cookie",
        takes_the_last,
        {f"cookie.{name}" for name in ("planted-before", "planted-behind", "planted-empty", "comma", "space")},
    ),
    "lets no session end": (usecases, "is_fresh", never_ends, {"session.expired", "session.unconfirmed"}),
}


@pytest.fixture
def arena() -> Arena:
    """The kernel over memory, with people."""
    return Arena(KIT, KernelTarget(Setup(components=KIT.components, policy=KIT.policy)))


def of_people(arena: Arena) -> frozenset[str]:
    """The ids of the cases about people that fail."""
    return failing([tried(case) for case in cases_of(KIT) if case.component == "identity"], arena)


def test_the_cases_join_with_their_component(arena: Arena) -> None:
    """They are tried where it is served, and there they hold; nowhere else is anybody logged in."""
    assert of_people(arena) == frozenset()
    plain = Kit(components=(tenancy.COMPONENT, specimen.COMPONENT, identity.COMPONENT))
    assert {case.component for case in cases_of(KIT)} - {case.component for case in cases_of(plain)} == {"identity"}


@pytest.mark.parametrize("name", BREAKS)
def test_each_break_is_found_by_the_cases_for_it(arena: Arena, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """And by no others."""
    where, what, broken, expected = BREAKS[name]
    monkeypatch.setattr(where, what, broken)
    assert of_people(arena) == {f"identity.{case}" for case in expected}
