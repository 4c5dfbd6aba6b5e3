"""Component: all that one capability brings, as one value. It knows what belongs together; it runs nothing."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from svcs import Container

from kingpost.kernel.declaring import Declaration
from kingpost.kernel.events import EventType, Subscription
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record, facts_of
from kingpost.kernel.store import Query
from kingpost.kernel.system import System


class Keys(Struct, frozen=True, kw_only=True):
    """Keys derived from the deployment's root secret by HKDF (RFC 5869); the first of each signs, all verify."""

    cursors: tuple[bytes, ...]
    digests: tuple[bytes, ...]
    sealing: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Without the keys, as error trackers print what they find in a traceback."""
        return "Keys(...)"


class Resources(Struct, frozen=True, kw_only=True):
    """What a component's services may be made from."""

    system: System
    keys: Keys
    cache_seconds: float
    """How old a cached credential or tenant may be; 0 turns the caches off."""
    session_cookie: str = "sessionid"
    """The cookie that holds the key of a host's session."""
    mirror_seconds: float = 3_600.0
    """How long a mirrored session is accepted after the host has last confirmed it."""


class Permission(Struct, frozen=True):
    """A permission that operations may ask for: ``<component>.<noun>:<verb>``, and one sentence for an administrator."""

    name: str
    meaning: str


class Service(Struct, frozen=True):
    """An implementation that a component supplies for a port; one per kernel, found by ``context.get(port)``.

    ``make`` is given the services registered so far: ``Resources``, and what components and this one named before.
    """

    port: type[object]
    make: Callable[[Container], object]


class Component(Declaration, frozen=True, kw_only=True):
    """One capability: what it persists, offers, asks for and supplies."""

    mends = {"package": "write package=__name__ in the package's __init__: its migrations are found by it"}
    name: str
    """Lower case, one word; part of table names, Django labels and Alembic branches."""
    records: tuple[type[Record], ...] = ()
    operations: tuple[Operation, ...] = ()
    permissions: tuple[Permission, ...] = ()
    services: tuple[Service, ...] = ()
    queries: tuple[Query, ...] = ()
    """What it asks of several records at once; written in ``queries.py``."""
    events: tuple[EventType[Any], ...] = ()
    """What it tells others; needs the component ``outbox``, as subscriptions do."""
    subscriptions: tuple[Subscription[Any], ...] = ()
    """What it is told, by itself or by others."""
    requires: tuple[str, ...] = ()
    """Names of components that must be there too."""
    package: str
    """The importable package that holds it; its folder ``alembic`` holds its revisions, its Django app lives under the same name."""

    def __post_init__(self) -> None:
        """``ConfigurationError`` for a record without facts, here, because everybody who is handed a component asks for them."""
        for record in self.records:
            facts_of(record)
