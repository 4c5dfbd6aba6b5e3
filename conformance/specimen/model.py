"""The decisions about specimens, and what their use cases are asked."""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from kingpost.kernel.errors import Conflict, FieldError, Invalid
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.scalars import INT64_MAX, Timestamp, parse_timestamp

from .records import Specimen, SpecimenId, Status

Label: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64, examples=["QUARTZ-1"])]
Title: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Note: TypeAlias = Annotated[str, Meta(max_length=5000)]
Minor: TypeAlias = Annotated[int, Meta(ge=0, le=10**15, description="In minor units: 1999 is 19.99 EUR.")]
CurrencyCode: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", max_length=3, examples=["EUR"])]
Number: TypeAlias = Annotated[int, Meta(ge=0, le=10**12)]
Attributes: TypeAlias = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=50)], Annotated[str, Meta(max_length=200)]], Meta(max_length=50)
]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of money, never negative."""

    amount: Minor
    currency: CurrencyCode


class CreateSpecimen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new specimen is made from."""

    label: Label
    title: Title
    price: Price
    note: Note | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    count: Number | UnsetType = UNSET
    ready: bool | UnsetType = UNSET
    due: Timestamp | UnsetType | None = UNSET
    parent_id: SpecimenId | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class UpdateSpecimen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a specimen; a field that is left out stays as it is. The count changes by adjustment only."""

    label: Label | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    ready: bool | UnsetType = UNSET
    due: Timestamp | UnsetType | None = UNSET
    parent_id: SpecimenId | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class AdjustCount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By how much the count changes."""

    delta: Annotated[int, Meta(ge=-(10**9), le=10**9)]


class SpecimenPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specimen."""

    specimen_id: SpecimenId


class ChildPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of which specimen."""

    specimen_id: SpecimenId
    child_id: SpecimenId


class SpecimenQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specimens: one filter, or a currency with a price range; then the list is in the order of the price."""

    label: Label | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    ready: bool | UnsetType = UNSET
    parent_id: SpecimenId | UnsetType = UNSET
    currency: CurrencyCode | UnsetType = UNSET
    min_price: Minor | UnsetType = UNSET
    max_price: Minor | UnsetType = UNSET


class LabelTaken(Conflict):
    """Another specimen of the tenant has the label."""

    code, title = "label-taken", "Another specimen has this label."


class SpecimenInUse(Conflict):
    """Other specimens are parts of this one."""

    code, title = "specimen-in-use", "Other specimens are parts of this one."


class CountInsufficient(Conflict):
    """The count is smaller than what is taken from it."""

    code, title = "count-insufficient", "The count would fall below zero."


class CountTooLarge(Conflict):
    """The count would exceed what can be counted."""

    code, title = "count-too-large", "The count would exceed its limit."


def unknown_parent() -> Invalid:
    """The error for a parent that is not there, or is another tenant's."""
    return Invalid(errors=(FieldError(pointer="/parent_id", code="unknown-reference", detail="There is no such specimen."),))


def adjusted(specimen: Specimen, delta: int, *, now: datetime) -> Specimen:
    """The specimen with the new count. ``CountInsufficient`` below zero, ``CountTooLarge`` beyond 64 bits."""
    count = specimen.count + delta
    if count < 0:
        raise CountInsufficient(params={"available": specimen.count})
    if count > INT64_MAX:
        raise CountTooLarge
    return structs.replace(specimen, count=count, updated_at=now)


def changed(specimen: Specimen, changes: UpdateSpecimen, *, now: datetime) -> Specimen:
    """The specimen with the changes."""
    given = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET and name not in ("due", "price")}
    if changes.price is not UNSET:
        given |= {"price_amount": changes.price.amount, "price_currency": changes.price.currency}
    if changes.due is not UNSET:
        given["due"] = instant(changes.due)
    return structs.replace(specimen, **given, updated_at=now)


def instant(due: Timestamp | None) -> datetime | None:
    """The time as it is kept."""
    return None if due is None else parse_timestamp(due)


def check_query(query: SpecimenQuery) -> None:
    """Refuse two filters at once, which no index serves, and a price range without its currency, which has no order."""
    filters = [name for name in ("currency", "label", "parent_id", "ready", "status") if getattr(query, name) is not UNSET]
    if len(filters) > 1:
        errors = (FieldError(pointer=f"query:{name}", code="exclusive", detail="Only one filter can be given.") for name in filters[1:])
        raise Invalid(errors=tuple(errors))
    if query.currency is UNSET and not (query.min_price is UNSET and query.max_price is UNSET):
        raise Invalid(errors=(FieldError(pointer="query:currency", code="missing", detail="A price range needs a currency."),))
