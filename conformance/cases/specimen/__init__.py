"""What is demanded of the kit's own component (kingpost.conformance.specimen). It knows where each topic stands."""

from typing import Final

from kingpost.conformance.cases.case import Case

from . import lists, rows

CASES: Final[tuple[Case, ...]] = (*rows.CASES, *lists.CASES)

__all__ = ("CASES",)
