"""Named queries over several records, as a component's ``queries.py`` writes them. It knows SQLAlchemy's select; it opens no connection.

::

    ticket, comment = scoped(Ticket), scoped(Comment)
    asked = given(Since)

    BUSIEST = Query(
        "helpdesk.tickets.busiest",
        select(ticket.c.id, ticket.c.subject, func.count(comment.c.id).label("comments"))
        .join(comment, comment.c.ticket_id == ticket.c.id)
        .where(comment.c.written_at >= asked.since)
        .group_by(ticket.c.id, ticket.c.subject),
        returns=Busy,
        takes=Since,
        order=(descending("comments"),),
        key=("id",),
    )

    page = await context.store.ask(BUSIEST(since=monday), limit=50)  # Page[Busy]

Whatever the select is made of must come from ``scoped``: when the kernel is put together every query is walked and compiled for both databases,
and what could reach another tenant's row is refused. Nothing that was not verified is ever run.
"""

import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Lock
from typing import Any, Final, Generic, Never, ParamSpec, TypeVar, cast, overload

from msgspec import Struct
from sqlalchemy import SelectBase
from sqlalchemy.exc import SQLAlchemyError

from kingpost.kernel.admission import check_limit, check_position, check_scope
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record
from kingpost.kernel.store import Page, Scope, Value

from . import transient
from .asking import Asking
from .executor import Dialect, Parameters, Paramstyle
from .meaning import Descending, Meaning, Said, descending, meaning_of
from .searching import contains
from .sources import everywhere, given, scoped

__all__ = ("Asked", "Descending", "Query", "contains", "descending", "everywhere", "given", "scoped")

P = ParamSpec("P")
T = TypeVar("T", bound=Struct)
T_co = TypeVar("T_co", bound=Struct, covariant=True)


class Nothing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a query that takes none."""


class Query(Generic[P, T]):
    """A select, or several in a union, with a name, what it takes and what its rows are. Call it with its parameters, and hand the result to ``store.ask``.

    ``returns`` is a Struct with one field for each column of the select; ``takes`` is a Struct with the parameters (``given``). ``key`` names fields
    that no two rows agree in, so that pages lose none; leave it out where there is one row at most. ``order`` comes before the key, nulls are last.
    """

    @overload
    def __init__(
        self: "Query[[], T]",
        name: str,
        statement: SelectBase,
        *,
        returns: type[T],
        key: tuple[str, ...] = (),
        order: tuple[str | Descending, ...] = (),
        platform: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        name: str,
        statement: SelectBase,
        *,
        returns: type[T],
        takes: Callable[P, Struct],
        key: tuple[str, ...] = (),
        order: tuple[str | Descending, ...] = (),
        platform: bool = False,
    ) -> None: ...

    def __init__(
        self,
        name: str,
        statement: SelectBase,
        *,
        returns: type[T],
        takes: Callable[..., Struct] = Nothing,
        key: tuple[str, ...] = (),
        order: tuple[str | Descending, ...] = (),
        platform: bool = False,
    ) -> None:
        """Nothing is checked yet: a mistake is told when the kernel is put together."""
        self.name = name
        self.statement = statement
        self.returns = returns
        self.takes = cast("type[Struct]", takes)
        self.key = key
        self.order = order
        self.platform = platform
        caller = sys._getframe(1)  # noqa: SLF001  (where the query is written, which every refusal tells)
        self.place: Final = f"{caller.f_code.co_filename}:{caller.f_lineno}"
        self._askings: dict[tuple[Dialect, Paramstyle], Asking] = {}
        self._guard = Lock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> "Asked[T]":
        """The query with its parameters. ``ConfigurationError`` for one that is missing or that it does not take."""
        try:
            return Asked(self, self.takes(*args, **kwargs))
        except TypeError as error:
            message = f"query {self.name!r} takes {', '.join(self.takes.__struct_fields__) or 'no parameters'}: {error}"
            raise ConfigurationError(message) from None

    @property
    def query(self) -> Never:
        """What only a query with its parameters has: ``ConfigurationError``, for whoever hands the bare one to a store."""
        message = f"query {self.name!r} is asked without its parameters: call it, and hand the result to store.ask"
        raise ConfigurationError(message)

    @property
    def records(self) -> tuple[type[Record], ...]:
        """Whose rows it reads; ``ConfigurationError`` as ``verify``."""
        return self.meaning.records

    def verify(self) -> None:
        """Walk the whole select and compile it for both databases; ``ConfigurationError`` shows what is wrong, where, and how to mend it."""
        self.asking("sqlite", "qmark").prepared(None)
        self.asking("postgresql", "format").prepared(None)

    def asking(self, dialect: Dialect, paramstyle: Paramstyle) -> Asking:
        """The query for one kind of executor, made once."""
        found = self._askings.get((dialect, paramstyle))
        if found is not None:
            return found
        with self._guard:
            try:
                made = Asking(self.meaning, dialect, paramstyle)
                made.prepared(None)
            except SQLAlchemyError as error:
                raise self._refused(f"{dialect} cannot say it: {error.args[0]}") from error
            except ValueError as error:  # of a codec: what stands beside an id is none
                raise self._refused(f"an id is compared with a fixed value that is none: {error}") from error
            return self._askings.setdefault((dialect, paramstyle), made)

    @cached_property
    def meaning(self) -> Meaning:
        """What it says, vetted and checked; ``ConfigurationError`` as ``verify``."""
        said = Said(
            name=self.name,
            statement=self.statement,
            returns=self.returns,
            takes=self.takes,
            key=self.key,
            order=self.order,
            platform=self.platform,
        )
        try:
            return meaning_of(said)
        except ConfigurationError as error:
            raise self._refused(str(error)) from None

    def _refused(self, why: str) -> ConfigurationError:
        return ConfigurationError(f"query {self.name!r} ({self.place}): {why}")


class Asked(Generic[T_co]):
    """A query with the values of its parameters."""

    __slots__ = ("query", "values")

    def __init__(self, query: Query[..., Any], values: Struct) -> None:
        self.query: Query[..., Any] = query
        self.values = values

    def question(
        self, kind: tuple[Dialect, Paramstyle], *, scope: Scope, after: tuple[Value, ...] | None, limit: int
    ) -> tuple[Asking, str, Parameters | None]:
        """What to run, and who reads its rows; no parameters where the scope can have no row. ``ConfigurationError`` where it may not be asked so."""
        check_scope(self.query, scope)
        check_limit(self.query.name, limit)
        asking = self.query.asking(*kind)
        behind = None
        if after is not None:
            check_position(self.query.name, asking.order, after)
            behind = tuple(value is not None for value in after)
        prepared = asking.prepared(behind)
        return asking, prepared.sql, asking.parameters(prepared, self.values, tenant=scope.tenant, after=after, limit=limit)

    def over(
        self,
        rows: Callable[[type[Record]], Iterable[Record]],
        *,
        scope: Scope,
        after: tuple[Value, ...] | None,
        limit: int,
    ) -> Page[T_co]:
        """The answer over rows in memory, by the very statement that SQLite is given."""
        asking, sql, parameters = self.question(transient.KIND, scope=scope, after=after, limit=limit)
        if parameters is None:
            return Page((), None)
        held = {record: rows(record) for record in self.query.records}
        return cast("Page[T_co]", asking.page(transient.fetch(held, sql, parameters), limit))
