"""The umbrella over the laws of Storage, Session, UnitOfWork and Store. It knows where each group of laws stands."""

from .claims import ClaimLaws
from .finding import FindingLaws
from .nesting import NestingLaws
from .rows import RowLaws
from .rules import RuleLaws
from .scopes import ScopeLaws
from .units import UnitLaws
from .values import ValueLaws


class StorageLaws(RowLaws, ValueLaws, FindingLaws, RuleLaws, ScopeLaws, UnitLaws, NestingLaws, ClaimLaws):
    """Everything that holds for a storage. A subclass gives a fixture ``bench: Bench[Storage]`` whose storage was opened for ``SPECIMENS``."""
