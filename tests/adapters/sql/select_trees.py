"""Random selects over scoped records: joins, unions, common table expressions, subqueries, groups and windows. It knows what both databases can say."""

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st
from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, or_, select, union, union_all

from kingpost.adapters.sql.queries import contains, scoped
from kingpost.conformance.laws.specimens import Guest, Knot, Stay
from kingpost.kernel.records import Record

Chooses: TypeAlias = Callable[[int], int]
"""A number below the given one."""
Numbers: TypeAlias = list[ColumnElement[int]]
Texts: TypeAlias = list[ColumnElement[str]]


def below(draw: st.DrawFn) -> Chooses:
    """Choices that Hypothesis makes, and shrinks towards the first of each."""
    return lambda count: draw(st.integers(0, count - 1))


class Tree:
    """One random select, made choice by choice. ``source`` gives the rows of a record; a fuzzer may give others than ``scoped`` does."""

    def __init__(self, choose: Chooses, source: Callable[[type[Record]], FromClause] = scoped) -> None:
        self.choose = choose
        self.source = source
        self.sources = 0

    def whole(self) -> Select[Any]:
        """A select of one number ``n`` and one text ``t``, each pair once, and how often it is there."""
        pairs = self.select(3).subquery()
        return select(pairs.c.n, pairs.c.t, func.count().label("times")).group_by(pairs.c.n, pairs.c.t)

    def select(self, depth: int) -> Select[Any]:
        """A select of a number ``n`` and a text ``t``."""
        rows, numbers, texts = self.joined(depth)
        made = select().select_from(rows)
        for _ in range(self.choose(3)):
            made = made.where(self.condition(depth, numbers, texts))
        kind = self.choose(5)
        if kind == 0:
            key = self.one(numbers)
            made = made.add_columns(self.aggregate(numbers, texts).label("n"), func.max(self.one(texts)).label("t")).group_by(key)
            made = made.having(func.count() >= self.choose(3)) if self.choose(2) else made
        elif kind == 1:
            made = made.add_columns(self.aggregate(numbers, texts).label("n"), func.min(self.one(texts)).label("t"))
        elif kind == 2:
            window = func.rank() if self.choose(2) else func.dense_rank()
            ranked = window.over(partition_by=self.one(texts), order_by=self.one(numbers).desc().nulls_last())
            made = made.add_columns(ranked.label("n"), self.text(texts).label("t"))
        else:
            made = made.add_columns(self.number(depth, numbers, texts).label("n"), self.text(texts).label("t"))
        if kind == 3:
            made = made.distinct()
        if kind == 4:
            columns = made.selected_columns
            made = made.order_by(columns["n"].asc().nulls_last(), columns["t"].desc().nulls_last()).limit(1 + self.choose(4))
        return made

    def joined(self, depth: int) -> tuple[FromClause, Numbers, Texts]:
        """One relation, or several joined in one of the four ways."""
        rows, numbers, texts = self.relation(depth)
        for _ in range(self.choose(3) if depth else 0):
            other, more_numbers, more_texts = self.relation(depth - 1)
            left, right = (self.one(numbers), self.one(more_numbers)) if self.choose(2) else (self.one(texts), self.one(more_texts))
            match self.choose(4):
                case 0:
                    rows = rows.join(other, left == right)
                case 1:
                    rows = rows.outerjoin(other, and_(left == right, right.is_not(None)))
                case 2:
                    rows = rows.outerjoin(other, left == right, full=True)
                case _:
                    rows = rows.join(other, left < right)
            numbers, texts = [*numbers, *more_numbers], [*texts, *more_texts]
        return rows, numbers, texts

    def relation(self, depth: int) -> tuple[FromClause, Numbers, Texts]:
        """A record's rows, or a select as a subquery, a common table expression, a union, an alias."""
        kind = self.choose(5) if depth > 0 else 0
        if kind == 0:
            return self.record()
        if kind == 1:
            rows: FromClause = self.select(depth - 1).subquery()
        elif kind == 2:
            rows = self.select(depth - 1).cte()
        elif kind == 3:
            parts = [select(part.c.n, part.c.t) for part in (self.select(depth - 1).subquery() for _ in range(2))]
            rows = (union if self.choose(2) else union_all)(*parts).subquery()
        else:
            rows = self.select(depth - 1).subquery().alias()
        return rows, [rows.c.n], [rows.c.t]

    def record(self) -> tuple[FromClause, Numbers, Texts]:
        """A record's rows, with a number and a text of each."""
        self.sources += 1
        record = (Guest, Stay, Knot)[self.choose(3)]
        rows = self.source(record)
        if record is Guest:
            return rows, [rows.c.floor, rows.c.version], [rows.c.name, rows.c.badge]
        if record is Stay:
            return rows, [rows.c.nights], [rows.c.rate_code]
        linked = case((rows.c.next_id.is_(None), 0), (rows.c.next_id == rows.c.id, 1), else_=2)
        return rows, [linked], [case((rows.c.next_id.is_(None), literal("end")), else_=literal("link"))]

    def condition(self, depth: int, numbers: Numbers, texts: Texts) -> ColumnElement[bool]:
        """Something true or false of a row."""
        match self.choose(9 if depth > 0 else 5):
            case 0:
                return self.one(numbers) >= self.choose(4)
            case 1:
                return contains(self.one(texts), "aB%"[self.choose(3)])
            case 2:
                return or_(self.one(texts).is_(None), self.one(numbers) != self.one(numbers))
            case 3:
                return ~self.one(numbers).in_([self.choose(3), self.choose(7000)])
            case 4:
                return self.one(texts).is_distinct_from(self.one(texts))
            case 5 | 6:
                found = self.correlated(depth, numbers, texts).exists()
                return found if self.choose(2) else ~found
            case 7:
                return self.one(numbers).in_(select(self.select(depth - 1).subquery().c.n))
            case _:
                return self.one(numbers) > self.counted(depth, numbers, texts)

    def number(self, depth: int, numbers: Numbers, texts: Texts) -> ColumnElement[int]:
        """A number of a row."""
        match self.choose(5 if depth > 0 else 3):
            case 0:
                return self.one(numbers)
            case 1:
                return func.coalesce(self.one(numbers) + self.choose(3), 0)
            case 2:
                return case((self.condition(0, numbers, texts), self.one(numbers)), else_=-1)
            case _:
                return self.counted(depth, numbers, texts)

    def text(self, texts: Texts) -> ColumnElement[str]:
        """A text of a row."""
        return self.one(texts) if self.choose(2) else func.coalesce(self.one(texts), "none")

    def aggregate(self, numbers: Numbers, texts: Texts) -> ColumnElement[int]:
        """A number of many rows."""
        match self.choose(4):
            case 0:
                return func.count()
            case 1:
                return func.sum(self.one(numbers))
            case 2:
                return func.count(self.one(texts).distinct())
            case _:
                return func.count(self.one(numbers)).filter(self.condition(0, numbers, texts))

    def counted(self, depth: int, numbers: Numbers, texts: Texts) -> ColumnElement[int]:
        """How many rows another select has for this row."""
        return self.correlated(depth, numbers, texts, func.count()).scalar_subquery()

    def correlated(self, depth: int, numbers: Numbers, texts: Texts, chosen: ColumnElement[int] | None = None) -> Select[Any]:
        """A select of rows that have to do with the row around it."""
        rows, more_numbers, more_texts = self.relation(depth - 1)
        tie = self.one(more_numbers) == self.one(numbers) if self.choose(2) else self.one(more_texts) == self.one(texts)
        column = self.one(more_numbers) if chosen is None else chosen
        return select(column.label("n")).select_from(rows).where(tie).correlate_except(rows)

    def one(self, among: list[Any]) -> Any:
        """One of them."""
        return among[self.choose(len(among))]
