"""What specimens offer over HTTP."""

from msgspec import Struct

from kingpost.kernel.errors import Invalid, NotFound, StaleVersion
from kingpost.kernel.operations import Example, Operation
from kingpost.kernel.scalars import Int64, Timestamp, format_timestamp

from .model import (
    AdjustCount,
    ChildPath,
    CountInsufficient,
    CountTooLarge,
    CreateSpecimen,
    LabelTaken,
    Price,
    SpecimenInUse,
    SpecimenPath,
    SpecimenQuery,
    UpdateSpecimen,
)
from .records import Specimen, SpecimenId, Status
from .usecases import adjust_count, create_specimen, delete_specimen, list_specimens, read_child, read_specimen, update_specimen


class SpecimenView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A specimen on the wire."""

    id: SpecimenId
    label: str
    title: str
    note: str
    status: Status
    price: Price
    count: Int64
    ready: bool
    due: Timestamp | None
    parent_id: SpecimenId | None
    attributes: dict[str, str]
    created_at: Timestamp
    updated_at: Timestamp
    version: Int64


def view(specimen: Specimen) -> SpecimenView:
    """The specimen on the wire."""
    return SpecimenView(
        id=specimen.id,
        label=specimen.label,
        title=specimen.title,
        note=specimen.note,
        status=specimen.status,
        price=Price(amount=specimen.price_amount, currency=specimen.price_currency),
        count=specimen.count,
        ready=specimen.ready,
        due=None if specimen.due is None else format_timestamp(specimen.due),
        parent_id=specimen.parent_id,
        attributes=specimen.attributes,
        created_at=format_timestamp(specimen.created_at),
        updated_at=format_timestamp(specimen.updated_at),
        version=specimen.version,
    )


def location(specimen: Specimen) -> str:
    """Where the new specimen can be read."""
    return f"/specimens/{specimen.id}"


READ = "specimen.specimens:read"
WRITE = "specimen.specimens:write"
ADJUST = "specimen.count:adjust"

_PATH = "/specimens/{specimen_id}"
_QUARTZ: dict[str, object] = {"label": "QUARTZ-1", "title": "Quartz", "price": {"amount": 1250, "currency": "EUR"}, "count": 40}
_VIEW: dict[str, object] = {
    **_QUARTZ,
    "id": "spc_01h455vb4pex5vsknk084sn02q",
    "note": "",
    "status": "active",
    "ready": True,
    "due": "2026-12-24T18:00:00.000000Z",
    "parent_id": None,
    "attributes": {"colour": "clear"},
    "created_at": "2026-11-01T09:30:00.000000Z",
    "updated_at": "2026-11-01T09:30:00.000000Z",
    "version": 1,
}

OPERATIONS = (
    Operation(
        id="specimen.specimens.create",
        method="POST",
        path="/specimens",
        summary="Add a specimen",
        use_case=create_specimen,
        permission=WRITE,
        body=CreateSpecimen,
        returns=SpecimenView,
        view=view,
        location=location,
        status=201,
        errors=(LabelTaken, Invalid),
        examples=(Example(summary="A quartz", body=_QUARTZ),),
    ),
    Operation(
        id="specimen.specimens.list",
        method="GET",
        path="/specimens",
        summary="List specimens",
        use_case=list_specimens,
        permission=READ,
        query=SpecimenQuery,
        returns=SpecimenView,
        view=view,
        examples=(Example(summary="One quartz", result=_VIEW),),
    ),
    Operation(
        id="specimen.specimens.read",
        method="GET",
        path=_PATH,
        summary="Read a specimen",
        use_case=read_specimen,
        permission=READ,
        path_parameters=SpecimenPath,
        returns=SpecimenView,
        view=view,
        errors=(NotFound,),
        examples=(Example(summary="A quartz", result=_VIEW),),
    ),
    Operation(
        id="specimen.children.read",
        method="GET",
        path=f"{_PATH}/children/{{child_id}}",
        summary="Read a part of a specimen",
        use_case=read_child,
        permission=READ,
        path_parameters=ChildPath,
        returns=SpecimenView,
        view=view,
        errors=(NotFound,),
        examples=(Example(summary="A part of another quartz", result={**_VIEW, "parent_id": "spc_01h455vb4pex5vsknk084sn02r"}),),
    ),
    Operation(
        id="specimen.specimens.update",
        method="PATCH",
        path=_PATH,
        summary="Change a specimen",
        use_case=update_specimen,
        permission=WRITE,
        path_parameters=SpecimenPath,
        body=UpdateSpecimen,
        returns=SpecimenView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, LabelTaken, Invalid),
        examples=(Example(summary="A new title", body={"title": "Rose quartz"}, result={**_VIEW, "title": "Rose quartz", "version": 2}),),
    ),
    Operation(
        id="specimen.specimens.delete",
        method="DELETE",
        path=_PATH,
        summary="Delete a specimen",
        use_case=delete_specimen,
        permission=WRITE,
        path_parameters=SpecimenPath,
        status=204,
        if_match=True,
        errors=(NotFound, StaleVersion, SpecimenInUse),
    ),
    Operation(
        id="specimen.count.adjust",
        method="POST",
        path=f"{_PATH}/adjustments",
        summary="Count up or down",
        use_case=adjust_count,
        permission=ADJUST,
        path_parameters=SpecimenPath,
        body=AdjustCount,
        returns=SpecimenView,
        view=view,
        errors=(NotFound, CountInsufficient, CountTooLarge),
        examples=(Example(summary="Take three", body={"delta": -3}, result={**_VIEW, "count": 37, "version": 2}),),
    ),
)
