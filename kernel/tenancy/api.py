"""What tenancy offers over HTTP: its operations and the shapes they answer with."""

from msgspec import Struct

from kingpost.kernel.errors import InvalidTransition, NotFound, StaleVersion
from kingpost.kernel.operations import Example, Operation
from kingpost.kernel.scalars import Int64, Timestamp, format_timestamp

from .model import CloseTenant, CreateTenant, GracePeriodOver, SuspendTenant, TenantPath, TenantQuery, UpdateTenant
from .records import Status, Tenant, TenantId
from .usecases import (
    HostRefTaken,
    HostTaken,
    IssuedTenant,
    SlugTaken,
    close_tenant,
    create_tenant,
    list_tenants,
    read_own_tenant,
    read_tenant,
    reopen_tenant,
    resume_tenant,
    suspend_tenant,
    update_tenant,
)


class TenantView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant as its operators and itself see it."""

    id: TenantId
    slug: str
    name: str
    plan: str
    status: Status
    status_reason: str | None
    hosts: tuple[str, ...]
    host_ref: str | None
    purge_after: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    version: Int64


class IssuedTenantView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new tenant with its first key; the key is shown only in this answer."""

    tenant: TenantView
    key: str


def view(tenant: Tenant) -> TenantView:
    """The tenant on the wire."""
    return TenantView(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        plan=tenant.plan,
        status=tenant.status,
        status_reason=tenant.status_reason,
        hosts=tenant.hosts,
        host_ref=tenant.host_ref,
        purge_after=None if tenant.purge_after is None else format_timestamp(tenant.purge_after),
        created_at=format_timestamp(tenant.created_at),
        updated_at=format_timestamp(tenant.updated_at),
        version=tenant.version,
    )


def issued_view(issued: IssuedTenant) -> IssuedTenantView:
    """The new tenant and its key on the wire."""
    return IssuedTenantView(tenant=view(issued.tenant), key=issued.key)


def issued_resource(issued: IssuedTenant) -> Tenant:
    """The versioned record in the answer."""
    return issued.tenant


def issued_location(issued: IssuedTenant) -> str:
    """Where the new tenant can be read."""
    return f"/platform/tenants/{issued.tenant.id}"


READ = "tenancy.tenants:read"
WRITE = "tenancy.tenants:write"
READ_OWN = "tenancy.tenant:read"

_PATH = "/platform/tenants/{tenant_id}"
_EXAMPLE: dict[str, object] = {
    "id": "ten_01h455vb4pex5vsknk084sn02q",
    "slug": "acme",
    "name": "Acme Ltd",
    "plan": "free",
    "status": "active",
    "status_reason": None,
    "hosts": ["shop.acme.example"],
    "host_ref": None,
    "purge_after": None,
    "created_at": "2026-11-01T09:30:00.000000Z",
    "updated_at": "2026-11-01T09:30:00.000000Z",
    "version": 1,
}

OPERATIONS = (
    Operation(
        id="tenancy.tenants.create",
        method="POST",
        path="/platform/tenants",
        summary="Create a tenant and its first key",
        use_case=create_tenant,
        scope="platform",
        permission=WRITE,
        body=CreateTenant,
        returns=IssuedTenantView,
        view=issued_view,
        resource=issued_resource,
        location=issued_location,
        status=201,
        secret=True,
        errors=(SlugTaken, HostTaken, HostRefTaken),
        examples=(Example(summary="A tenant with a host name", body={"slug": "acme", "name": "Acme Ltd", "hosts": ["shop.acme.example"]}),),
    ),
    Operation(
        id="tenancy.tenants.list",
        method="GET",
        path="/platform/tenants",
        summary="List tenants in the order of their creation",
        use_case=list_tenants,
        scope="platform",
        permission=READ,
        query=TenantQuery,
        returns=TenantView,
        view=view,
        examples=(Example(summary="One tenant", result=_EXAMPLE),),
    ),
    Operation(
        id="tenancy.tenants.read",
        method="GET",
        path=_PATH,
        summary="Read a tenant",
        use_case=read_tenant,
        scope="platform",
        permission=READ,
        path_parameters=TenantPath,
        returns=TenantView,
        view=view,
        errors=(NotFound,),
        examples=(Example(summary="An active tenant", result=_EXAMPLE),),
    ),
    Operation(
        id="tenancy.tenants.update",
        method="PATCH",
        path=_PATH,
        summary="Change a tenant's slug, name, plan, host names or host_ref",
        use_case=update_tenant,
        scope="platform",
        permission=WRITE,
        path_parameters=TenantPath,
        body=UpdateTenant,
        returns=TenantView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, SlugTaken, HostTaken, HostRefTaken),
        examples=(Example(summary="Move to another plan", body={"plan": "team"}, result={**_EXAMPLE, "plan": "team", "version": 2}),),
    ),
    Operation(
        id="tenancy.tenants.suspend",
        method="POST",
        path=f"{_PATH}/suspend",
        summary="Refuse everything to a tenant until it is resumed",
        use_case=suspend_tenant,
        scope="platform",
        permission=WRITE,
        path_parameters=TenantPath,
        body=SuspendTenant,
        returns=TenantView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, InvalidTransition),
        examples=(Example(summary="With a reason", body={"reason": "invoice overdue"}),),
    ),
    Operation(
        id="tenancy.tenants.resume",
        method="POST",
        path=f"{_PATH}/resume",
        summary="Let a suspended tenant go on",
        use_case=resume_tenant,
        scope="platform",
        permission=WRITE,
        path_parameters=TenantPath,
        returns=TenantView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, InvalidTransition),
        examples=(Example(summary="Active again", result={**_EXAMPLE, "version": 3}),),
    ),
    Operation(
        id="tenancy.tenants.close",
        method="POST",
        path=f"{_PATH}/close",
        summary="Close a tenant; it can be reopened during its grace period",
        use_case=close_tenant,
        scope="platform",
        permission=WRITE,
        path_parameters=TenantPath,
        body=CloseTenant,
        returns=TenantView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, InvalidTransition),
        examples=(Example(summary="With two weeks to change one's mind", body={"reason": "contract ended", "grace_days": 14}),),
    ),
    Operation(
        id="tenancy.tenants.reopen",
        method="POST",
        path=f"{_PATH}/reopen",
        summary="Bring back a closed tenant during its grace period",
        use_case=reopen_tenant,
        scope="platform",
        permission=WRITE,
        path_parameters=TenantPath,
        returns=TenantView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, InvalidTransition, GracePeriodOver),
        examples=(Example(summary="Active again", result={**_EXAMPLE, "version": 3}),),
    ),
    Operation(
        id="tenancy.tenant.read",
        method="GET",
        path="/tenant",
        summary="Read one's own tenant",
        use_case=read_own_tenant,
        permission=READ_OWN,
        returns=TenantView,
        view=view,
        errors=(NotFound,),
        examples=(Example(summary="An active tenant", result=_EXAMPLE),),
    ),
)
