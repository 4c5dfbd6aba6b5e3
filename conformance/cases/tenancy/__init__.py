"""What is demanded of the component tenancy. It knows where each topic stands."""

from typing import Final

from kingpost.conformance.cases.case import Case

from . import life, tenants

CASES: Final[tuple[Case, ...]] = (*tenants.CASES, *life.CASES)

__all__ = ("CASES",)
