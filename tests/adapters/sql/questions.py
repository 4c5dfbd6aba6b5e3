"""The queries that the kit's laws ask, in SQL over its specimens. It knows what each law expects and no database."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import func, or_, select

from kingpost.adapters.sql.queries import Query, contains, descending, everywhere, given, scoped
from kingpost.conformance.laws import Questions
from kingpost.conformance.laws.asking import Copied, Crowd, Named, Tally, Visitor
from kingpost.conformance.laws.specimens import Guest, House, Mark, MarkId, Mood, Stay


class AtLeast(Struct, frozen=True, kw_only=True):
    """How many nights a visitor has at least."""

    least: int


class Term(Struct, frozen=True, kw_only=True):
    """What a name contains."""

    term: str


class Like(Struct, frozen=True, kw_only=True):
    """The values of a mark."""

    at: datetime
    flag: bool
    mood: Mood
    id: MarkId | None


guest, stay, mark = scoped(Guest), scoped(Stay), scoped(Mark)
_least, _term, _like = given(AtLeast), given(Term), given(Like)

_counted = (
    select(
        stay.c.guest_id,
        func.count().label("stays"),
        func.sum(stay.c.nights).label("nights"),
        func.max(stay.c.nights).label("longest"),
    )
    .group_by(stay.c.guest_id)
    .subquery()
)
_later = scoped(Stay)
_last_stay = select(_later.c.id).where(_later.c.guest_id == guest.c.id).order_by(_later.c.id.desc()).limit(1).correlate(guest)
_nights = func.coalesce(_counted.c.nights, 0)

VISITORS: Final = Query(
    "laws.guests.visitors",
    select(
        guest.c.id,
        guest.c.name,
        func.coalesce(_counted.c.stays, 0).label("stays"),
        _nights.label("nights"),
        _counted.c.longest,
        _last_stay.scalar_subquery().label("last_stay"),
    )
    .join(_counted, _counted.c.guest_id == guest.c.id, isouter=True)
    .where(_nights >= _least.least),
    returns=Visitor,
    takes=AtLeast,
    order=(descending("nights"), "name"),
    key=("id",),
)
NAMED: Final = Query(
    "laws.guests.named",
    select(guest.c.id, guest.c.name).where(contains(guest.c.name, _term.term)),
    returns=Named,
    takes=Term,
    order=("name",),
    key=("id",),
)
TALLY: Final = Query(
    "laws.stays.tally",
    select(func.count(stay.c.id).label("stays"), func.sum(stay.c.nights).label("nights")),
    returns=Tally,
)
COPIED: Final = Query(
    "laws.marks.copied",
    select(*(mark.c[name] for name in Copied.__struct_fields__)).where(
        mark.c.at == _like.at,
        mark.c.flag == _like.flag,
        mark.c.mood == _like.mood,
        or_(_like.id.is_(None), mark.c.id == _like.id),
    ),
    returns=Copied,
    takes=Like,
    order=(descending("number_or_none"),),
    key=("id",),
)
_house, _anybody = everywhere(House), everywhere(Guest)
CROWDS: Final = Query(
    "laws.houses.crowds",
    select(_house.c.id, func.count(_anybody.c.id).label("guests"))
    .join(_anybody, _anybody.c.house_id == _house.c.id, isouter=True)
    .group_by(_house.c.id),
    returns=Crowd,
    key=("id",),
    platform=True,
)

QUESTIONS: Final = Questions(
    visitors=lambda least: VISITORS(least=least),
    named=lambda term: NAMED(term=term),
    tally=TALLY,
    copied=lambda at, flag, mood, one: COPIED(at=at, flag=flag, mood=mood, id=one),
    crowds=CROWDS,
)
