"""No law of a case is dropped or changed in silence. It knows the golden list of ids and invents cases that break its rules."""

import re

import pytest

from kingpost.conformance.cases import CASES
from kingpost.conformance.cases.bytes import CASES as BYTE_CASES
from kingpost.conformance.cases.case import Case, get
from kingpost.conformance.cases.laws import digest, faults, missing, recorded, withdrawn
from kingpost.conformance.login.cases import CASES as LOGIN_CASES
from kingpost.conformance.world import fresh
from tests.conformance.targets import MemoryTarget


def case(id_: str, law: str) -> Case:
    """A case of which only the law matters."""
    return Case(id=id_, law=law, steps=(get("/tenant", 200),))


KEPT = case("http.kept", "What was promised holds.")
GIVEN = {"http.kept": digest(KEPT.law), "http.gone": digest("What is gone held once.")}
GONE = {"http.gone": "It was part of another law."}


def test_the_cases_keep_the_golden_list() -> None:
    """Every law that was ever given is there as it was, or withdrawn with a reason; every new one is written down."""
    assert list(faults((*CASES, *LOGIN_CASES, *BYTE_CASES), recorded(), withdrawn())) == []


def test_a_list_that_is_kept_has_no_faults() -> None:
    """A case that is as it was and one that was withdrawn with a reason are in order."""
    assert list(faults((KEPT,), GIVEN, GONE)) == []


@pytest.mark.parametrize(
    ("cases", "gone", "told"),
    [
        ((), GONE, "http.kept is gone"),
        ((KEPT,), {}, "http.gone is gone"),
        ((KEPT,), {"http.gone": " "}, "http.gone is gone"),
        ((case("http.kept", "Something else holds."),), GONE, "http.kept has another law"),
        ((KEPT, KEPT), GONE, "http.kept is given to 2 cases"),
        ((KEPT, case("http.gone", "What is gone held once.")), GONE, "http.gone is withdrawn and given again"),
        ((KEPT, case("http.new", "Something new holds.")), GONE, "http.new is not in laws.txt"),
        ((KEPT,), GONE | {"http.never": "Who knows."}, "http.never is withdrawn and was never given"),
    ],
    ids=["deleted", "no-reason", "blank-reason", "changed", "doubled", "back", "unrecorded", "stale"],
)
def test_every_breach_of_the_list_is_told(cases: tuple[Case, ...], gone: dict[str, str], told: str) -> None:
    """A law that is deleted, changed, doubled, brought back or not written down is one fault that says how to mend it."""
    (fault,) = faults(cases, GIVEN, gone)
    assert fault.startswith(told)


def test_the_line_of_a_new_law_is_printed() -> None:
    """What is not written down yet is given as the line to append."""
    new = case("http.new", "Something new holds.")
    assert list(missing((KEPT, new), GIVEN)) == [f"http.new {digest(new.law)}"]


def test_ids_and_laws_have_their_form() -> None:
    """An id is dotted and in lower case and fits a Request-Id; a law is one line that ends in a full stop."""
    told = (*CASES, *LOGIN_CASES, *BYTE_CASES)
    assert [case.id for case in told if not re.fullmatch(r"[a-z]+(\.[a-z0-9-]+)+", case.id) or len(case.id) > 128] == []
    assert [case.id for case in told if not case.law.endswith(".") or "\n" in case.law] == []


def test_every_name_in_a_case_has_a_value() -> None:
    """What stands in angle brackets is a value of the world or was saved by an earlier step, so that no misspelt name is sent as it is."""
    world = fresh(MemoryTarget())
    for each in CASES:
        known = set(world)
        for step in each.steps:
            texts = (step.target, step.body.decode("latin-1"), *(value for _, value in step.headers))
            used = {name for text in texts for name in re.findall(r"<([a-z][a-z0-9_.]*)>", text)} | ({step.key} - {None})
            assert used <= known, each.id
            known |= set(step.save)
