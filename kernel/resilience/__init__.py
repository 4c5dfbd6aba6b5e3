"""Resilience: how a call to another service survives its bad days. Part of every kernel, so it is chosen by nobody and has no records or operations."""

from svcs import Container

from kingpost.kernel.component import Resources, Service
from kingpost.kernel.context import Outbound

from .ports import Standings
from .usecases import ResilientHttp


def _resilient_http(services: Container) -> ResilientHttp:
    return ResilientHttp(Standings(mutex=services.get(Resources).system.mutex()))


OUTBOUND = Service(port=Outbound, make=_resilient_http)
"""What ``context.send`` is answered by."""

__all__ = ("OUTBOUND", "ResilientHttp", "Standings")
