"""A query in no language: the port's own terms in Python, for tests without SQL."""

from collections.abc import Callable, Iterable

from kingpost.conformance.laws.specimens import Guest
from kingpost.kernel.records import Record
from kingpost.kernel.store import Page, Scope, Value


class Everybody:
    """Every guest of the tenant: the query and what is asked of it in one."""

    name = "laws.guests.everybody"
    platform = False
    records: tuple[type[Record], ...] = (Guest,)

    @property
    def query(self) -> "Everybody":
        """Itself."""
        return self

    def verify(self) -> None:
        """Nothing can be wrong with it."""

    def over(
        self, rows: Callable[[type[Record]], Iterable[Record]], *, scope: Scope, after: tuple[Value, ...] | None, limit: int
    ) -> Page[Record]:
        """The rows as they are given; the scope has chosen them."""
        assert (scope.tenant is None, after) == (False, None)
        return Page(tuple(rows(Guest))[:limit], None)
