"""What the kit's own tests judge: the components of the kit, and the reference that knows them. It knows no adapter of the web."""

from typing import Final

from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.kernel import tenancy

COMPONENTS: Final = (tenancy.COMPONENT, specimen.COMPONENT)
RECORDS: Final = Setup(components=COMPONENTS).records


class MemoryTarget(KernelTarget):
    """The oracle."""

    def __init__(self) -> None:
        super().__init__(Setup(components=COMPONENTS))
