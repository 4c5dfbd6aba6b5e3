"""The kit's own component: something with a field of every kind, so that every rule of the HTTP contract has a subject.

A target that is to be judged serves it beside tenancy: ``KINGPOST_COMPONENTS=tenancy,kingpost.conformance.specimen``.
"""

from kingpost.kernel.component import Component, Permission

from .api import ADJUST, OPERATIONS, READ, WRITE, SpecimenView
from .model import (
    AdjustCount,
    CountInsufficient,
    CountTooLarge,
    CreateSpecimen,
    LabelTaken,
    Price,
    SpecimenInUse,
    UpdateSpecimen,
)
from .records import Specimen, SpecimenId

COMPONENT = Component(
    name="specimen",
    package="kingpost.conformance.specimen",
    records=(Specimen,),
    operations=OPERATIONS,
    permissions=(
        Permission(READ, "Read specimens."),
        Permission(WRITE, "Add, change and delete specimens."),
        Permission(ADJUST, "Count specimens up and down."),
    ),
    requires=("tenancy",),
)

__all__ = (
    "COMPONENT",
    "AdjustCount",
    "CountInsufficient",
    "CountTooLarge",
    "CreateSpecimen",
    "LabelTaken",
    "Price",
    "Specimen",
    "SpecimenId",
    "SpecimenInUse",
    "SpecimenView",
    "UpdateSpecimen",
)
