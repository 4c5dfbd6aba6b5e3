"""What the outbox needs from outside besides Store: the parts of a kernel that a worker goes by. It runs nothing."""

import svcs
from msgspec import Struct

from kingpost.kernel.context import TenantDirectory
from kingpost.kernel.events import Events
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Sealer, System


class Desk(Struct, frozen=True, kw_only=True):
    """Where a worker works."""

    storage: Storage
    system: System
    sealer: Sealer
    events: Events
    directory: TenantDirectory
    services: svcs.Registry
    api_version: str
    """What a handler's context says."""


def desk_of(services: svcs.Registry, *, api_version: str) -> Desk:
    """The desk of a kernel whose ``services`` these are."""
    with svcs.Container(services) as found:
        return Desk(
            storage=found.get_abstract(Storage),
            system=found.get(System),
            sealer=found.get_abstract(Sealer),
            events=found.get(Events),
            directory=found.get_abstract(TenantDirectory),
            services=services,
            api_version=api_version,
        )
