"""What can be done with specimens: load, decide, write."""

from msgspec import UNSET

from kingpost.kernel.context import Context
from kingpost.kernel.errors import Conflict, KernelError, NotFound
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import Condition, Page, Value, at_least, at_most, equal

from .model import (
    AdjustCount,
    ChildPath,
    CreateSpecimen,
    LabelTaken,
    SpecimenInUse,
    SpecimenPath,
    SpecimenQuery,
    UpdateSpecimen,
    adjusted,
    changed,
    check_query,
    instant,
    unknown_parent,
)
from .records import Specimen


async def create_specimen(context: Context, *, body: CreateSpecimen) -> Specimen:
    """Add a specimen. ``LabelTaken``; ``Invalid`` for an unknown parent."""
    now = context.now()
    specimen = Specimen(
        id=context.new_id("spc"),
        tenant_id=context.tenant_id,
        label=body.label,
        title=body.title,
        note="" if body.note is UNSET else body.note,
        status="draft" if body.status is UNSET else body.status,
        price_amount=body.price.amount,
        price_currency=body.price.currency,
        count=0 if body.count is UNSET else body.count,
        ready=False if body.ready is UNSET else body.ready,
        due=None if body.due is UNSET else instant(body.due),
        parent_id=None if body.parent_id is UNSET else body.parent_id,
        attributes={} if body.attributes is UNSET else body.attributes,
        created_at=now,
        updated_at=now,
    )
    try:
        await context.store.insert(specimen)
    except Conflict as error:
        raise _named(error) from error
    return specimen


async def read_specimen(context: Context, *, path: SpecimenPath) -> Specimen:
    """One specimen."""
    return await _load(context, path.specimen_id)


async def read_child(context: Context, *, path: ChildPath) -> Specimen:
    """One part of a specimen; a specimen that is no part of it is none."""
    child = await _load(context, path.child_id)
    if child.parent_id != path.specimen_id:
        raise NotFound
    return child


async def list_specimens(context: Context, *, query: SpecimenQuery, after: tuple[Value, ...] | None) -> Page[Specimen]:
    """Specimens in the order of their creation, or of their price where a currency is given."""
    check_query(query)
    if query.label is not UNSET:
        found = await context.store.find(Specimen, where=(equal("label", query.label),), limit=1)
        return Page(found.items, None)
    order = ("id",) if query.currency is UNSET else ("price_amount", "id")
    return await context.store.find(Specimen, where=tuple(_filters(query)), order=order, after=after, limit=query.limit)


async def update_specimen(context: Context, *, path: SpecimenPath, body: UpdateSpecimen, if_match: IfMatch) -> Specimen:
    """Change what the body names. ``StaleVersion``, ``LabelTaken``; ``Invalid`` for an unknown parent."""
    specimen = await _load(context, path.specimen_id)
    if_match.require(specimen)
    try:
        return await context.store.replace(changed(specimen, body, now=context.now()), expected=specimen.version)
    except Conflict as error:
        raise _named(error) from error


async def adjust_count(context: Context, *, path: SpecimenPath, body: AdjustCount) -> Specimen:
    """Count up or down. The row is held from the look to the write, so that two adjustments add up."""
    specimen = await _load(context, path.specimen_id, lock=True)
    return await context.store.replace(adjusted(specimen, body.delta, now=context.now()), expected=specimen.version)


async def delete_specimen(context: Context, *, path: SpecimenPath, if_match: IfMatch) -> None:
    """Remove a specimen. ``StaleVersion``; ``SpecimenInUse`` while others are parts of it."""
    specimen = await _load(context, path.specimen_id)
    if_match.require(specimen)
    try:
        await context.store.remove(Specimen, specimen.id, expected=specimen.version)
    except Conflict as error:
        raise SpecimenInUse from error


def _named(error: Conflict) -> KernelError:
    """The broken rule in the terms of the API."""
    table = Specimen.facts.table
    named: dict[str, KernelError] = {f"unique:{table}:label": LabelTaken(), f"reference:{table}:parent_id": unknown_parent()}
    return named.get(error.rule, error)


async def _load(context: Context, id_: str, *, lock: bool = False) -> Specimen:
    specimen = await context.store.get(Specimen, id_, lock=lock)
    if specimen is None:
        raise NotFound
    return specimen


def _filters(query: SpecimenQuery) -> list[Condition]:
    where: list[Condition] = []
    if query.currency is not UNSET:
        where.append(equal("price_currency", query.currency))
    if query.status is not UNSET:
        where.append(equal("status", query.status))
    if query.ready is not UNSET:
        where.append(equal("ready", query.ready))
    if query.parent_id is not UNSET:
        where.append(equal("parent_id", query.parent_id))
    if query.min_price is not UNSET:
        where.append(at_least("price_amount", query.min_price))
    if query.max_price is not UNSET:
        where.append(at_most("price_amount", query.max_price))
    return where
