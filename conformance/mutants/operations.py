"""Mutants of one operation: what a use case, its view or its declaration can get wrong. It knows specimens."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import UNSET, structs

from kingpost.conformance.specimen import Specimen
from kingpost.conformance.specimen.api import SpecimenView, view
from kingpost.conformance.specimen.model import ChildPath, CountInsufficient, SpecimenQuery
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.tenancy import IssuedTenant

from .breaking import Make, operating
from .mutant import Mutant

UseCase = Callable[..., Awaitable[Any]]


def _used(id_: str, change: Callable[[UseCase], UseCase]) -> Make:
    """The operation with another use case, which takes what the old one took."""

    def changed(operation: Operation) -> Operation:
        return structs.replace(operation, use_case=functools.wraps(operation.use_case)(change(operation.use_case)))

    return operating(id_, changed)


class _Whatever(IfMatch, frozen=True):
    """Tags that match every version."""

    def require(self, record: Record) -> None:
        """Go on."""


def _ignoring_tags(use_case: UseCase) -> UseCase:
    async def update(context: Context, *, if_match: IfMatch, **inputs: Any) -> object:  # noqa: ARG001  (it is what is ignored)
        return await use_case(context, if_match=_Whatever(frozenset()), **inputs)

    return update


def _forgiving(use_case: UseCase) -> UseCase:
    async def delete(context: Context, **inputs: Any) -> object:
        try:
            return await use_case(context, **inputs)
        except NotFound:
            return None

    return delete


def _clamping(use_case: UseCase) -> UseCase:
    async def adjust(context: Context, **inputs: Any) -> object:
        try:
            return await use_case(context, **inputs)
        except CountInsufficient as error:
            delta = -int(str(error.params["available"]))
            return await use_case(context, path=inputs["path"], body=structs.replace(inputs["body"], delta=delta))

    return adjust


def _any_child(use_case: UseCase) -> UseCase:  # noqa: ARG001  (it is replaced)
    async def read(context: Context, *, path: ChildPath) -> Specimen:
        child = await context.store.get(Specimen, path.child_id)
        if child is None:
            raise NotFound
        return child

    return read


def _asking_for(**changes: Any) -> Callable[[UseCase], UseCase]:
    """The list asked with another query."""

    def change(use_case: UseCase) -> UseCase:
        async def find(context: Context, *, query: SpecimenQuery, **inputs: Any) -> object:
            return await use_case(context, query=structs.replace(query, **changes), **inputs)

        return find

    return change


def _above_only(use_case: UseCase) -> UseCase:
    async def find(context: Context, *, query: SpecimenQuery, **inputs: Any) -> object:
        asked = query if query.min_price is UNSET else structs.replace(query, min_price=query.min_price + 1)
        return await use_case(context, query=asked, **inputs)

    return find


def _viewing(id_: str, change: Callable[[SpecimenView], SpecimenView]) -> Make:
    """The operation with another view."""

    def seen(specimen: Specimen) -> SpecimenView:
        return change(view(specimen))

    return operating(id_, lambda operation: structs.replace(operation, view=seen))


def _elsewhere(made: IssuedTenant) -> str:
    return f"/tenants/{made.tenant.id}"


MUTANTS = (
    Mutant(
        name="if-match-ignored-on-update",
        broken="A change needs If-Match and does not look at it.",
        make=_used("specimen.specimens.update", _ignoring_tags),
    ),
    Mutant(
        name="if-match-ignored-on-delete",
        broken="A deletion needs If-Match and does not look at it.",
        make=_used("specimen.specimens.delete", _ignoring_tags),
    ),
    Mutant(
        name="deletes-what-is-not-there",
        broken="Deleting what is not there is answered like a deletion.",
        make=_used("specimen.specimens.delete", _forgiving),
    ),
    Mutant(
        name="count-clamped",
        broken="Taking more than there is takes what there is.",
        make=_used("specimen.count.adjust", _clamping),
    ),
    Mutant(
        name="any-parent-for-a-child",
        broken="The parent in a nested path is not looked at.",
        make=_used("specimen.children.read", _any_child),
    ),
    Mutant(
        name="limit-ignored",
        broken="A page holds 200 rows whatever the limit is.",
        make=_used("specimen.specimens.list", _asking_for(limit=200)),
    ),
    Mutant(
        name="status-filter-ignored",
        broken="A filter by status finds every status.",
        make=_used("specimen.specimens.list", _asking_for(status=UNSET)),
    ),
    Mutant(
        name="parent-filter-ignored",
        broken="A filter by parent finds all.",
        make=_used("specimen.specimens.list", _asking_for(parent_id=UNSET)),
    ),
    Mutant(
        name="price-range-exclusive",
        broken="The lower end of a price range is left out.",
        make=_used("specimen.specimens.list", _above_only),
    ),
    Mutant(
        name="version-shown-stands-still",
        broken="The version in the body does not move with the row.",
        make=_viewing("specimen.specimens.update", lambda view: structs.replace(view, version=1)),
    ),
    Mutant(
        name="three-digits-of-a-second",
        broken="Times come with three digits of a second.",
        make=_viewing(
            "specimen.specimens.read", lambda view: structs.replace(view, created_at=view.created_at.replace(".000000Z", ".000Z"))
        ),
    ),
    Mutant(
        name="location-elsewhere",
        broken="Location names a path that is not there.",
        make=operating("tenancy.tenants.create", lambda operation: structs.replace(operation, location=_elsewhere)),
    ),
)
