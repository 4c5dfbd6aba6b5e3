"""The ports of named queries: what a component registers and what a store is asked. It knows names, scopes and values; it knows no SQL.

Where ``find`` walks one record, a query joins, counts and searches several. Whoever writes queries in a language of their own implements
these two ports (``kingpost.adapters.sql.queries`` does for SQL); a store that speaks the language runs them on its database, and every
other store hands its rows to ``Asked.over``.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record

if TYPE_CHECKING:
    from kingpost.kernel.store import Page, Scope, Value

T_co = TypeVar("T_co", bound=Struct, covariant=True)


class Query(Protocol):
    """A named query, immutable and shared by threads and tasks."""

    @property
    def name(self) -> str:
        """``<component>.<noun>.<what>``, unique in a kernel."""
        ...

    @property
    def platform(self) -> bool:
        """Whether it looks across tenants: then only the platform's store answers it, and otherwise only a tenant's."""
        ...

    @property
    def records(self) -> tuple[type[Record], ...]:
        """Whose rows it reads."""
        ...

    def verify(self) -> None:
        """Return when every row that it can reach is of the asking scope; else ``ConfigurationError`` that shows what is not, and the mend."""
        ...


class Asked(Protocol[T_co]):
    """A query with the values of its parameters: what a store answers."""

    @property
    def query(self) -> Query:
        """What is asked."""
        ...

    def over(
        self,
        rows: "Callable[[type[Record]], Iterable[Record]]",
        *,
        scope: "Scope",
        after: "tuple[Value, ...] | None",
        limit: int,
    ) -> "Page[T_co]":
        """The answer over rows in memory: ``rows(record)`` gives those that the scope sees. As ``Store.ask`` otherwise."""
        ...


def check_scope(query: Query, scope: "Scope") -> None:
    """Return when a store of the scope may answer the query; else ``ConfigurationError``."""
    if query.platform == (scope.tenant is None):
        return
    whose = "looks across tenants: ask the platform's store, session.store(PLATFORM), from an operation of scope 'platform'"
    if not query.platform:
        whose = "is of one tenant: ask that tenant's store, session.store(Scope(tenant_id)), or write the query with platform=True"
    message = f"query {query.name!r} {whose}"
    raise ConfigurationError(message)
