"""Identity: which people may act, and what proves that it is them. Where a host application keeps their accounts, its sessions are the proof."""

from svcs import Container

from kingpost.kernel.component import Component, Resources, Service
from kingpost.kernel.context import HostAccounts, PrincipalResolver

from .model import MirrorSession
from .ports import Digester
from .records import MirroredSession, MirroredSessionId
from .usecases import HostPeople, end_session, end_sessions, mirror_session, refresh_sessions


def _digester(services: Container) -> Digester:
    return Digester(keys=services.get(Resources).keys.digests)


def _host_people(services: Container) -> HostPeople:
    return HostPeople(digester=services.get(Digester), accounts=services.get(HostAccounts), resources=services.get(Resources))


COMPONENT = Component(
    name="identity",
    package="kingpost.kernel.identity",
    records=(MirroredSession,),
    requires=("tenancy",),
    services=(Service(port=Digester, make=_digester), Service(port=PrincipalResolver, make=_host_people)),
)

__all__ = (
    "COMPONENT",
    "Digester",
    "MirrorSession",
    "MirroredSession",
    "MirroredSessionId",
    "end_session",
    "end_sessions",
    "mirror_session",
    "refresh_sessions",
)
