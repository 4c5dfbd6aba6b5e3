"""What tenancy persists. It knows fields and table facts; it decides nothing."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from kingpost.kernel.records import Facts, Index, Record, Reference, Retention, Unique
from kingpost.kernel.scalars import id_of

TenantId: TypeAlias = Annotated[str, id_of("ten")]
AccessKeyId: TypeAlias = Annotated[str, id_of("key")]
Status: TypeAlias = Literal["active", "suspended", "closed"]


class Tenant(Record, frozen=True, kw_only=True):
    """A customer of the platform. It owns itself: a tenant's store sees this one row of the table."""

    facts: ClassVar[Facts] = Facts(
        component="tenancy",
        name="tenant",
        tenant="id",
        versioned=True,
        personal=(),
        retention=Retention("kept for the life of the contract; erased some time after the grace period of a closed tenant"),
        unique=(Unique(("slug",)), Unique(("host_ref",))),
        indexes=(Index(("status", "id")),),
    )
    id: TenantId
    slug: Annotated[str, Meta(max_length=63)]
    name: Annotated[str, Meta(max_length=200)]
    plan: Annotated[str, Meta(max_length=63)]
    status: Status
    status_reason: Annotated[str, Meta(max_length=500)] | None
    hosts: tuple[str, ...]
    """Host names that select this tenant, kept here for reading; ``HostName`` keeps them unique."""
    host_ref: Annotated[str, Meta(max_length=200)] | None
    """The key of this tenant in the host application's own table."""
    purge_after: datetime | None
    """End of the grace period of a closed tenant: until then it can be reopened."""
    created_at: datetime
    updated_at: datetime
    version: int = 1


class HostName(Record, frozen=True, kw_only=True):
    """A host name claimed by a tenant; the key makes it unique over the platform."""

    facts: ClassVar[Facts] = Facts(
        component="tenancy",
        name="hostname",
        key="host",
        tenant=None,
        personal=(),
        retention=Retention("kept while the tenant claims the name"),
        indexes=(Index(("tenant_id",)),),
        references=(Reference("tenant_id", Tenant),),
    )
    host: Annotated[str, Meta(max_length=253)]
    tenant_id: TenantId


class AccessKey(Record, frozen=True, kw_only=True):
    """A static key of the platform or of one tenant; only a digest of the secret is kept."""

    facts: ClassVar[Facts] = Facts(
        component="tenancy",
        name="accesskey",
        tenant=None,
        personal=(),
        retention=Retention("kept for the audit of who could call", days=400, since="expires_at"),
        unique=(Unique(("key_id",)),),
        indexes=(Index(("tenant_id", "id")),),
        references=(Reference("tenant_id", Tenant),),
    )
    id: AccessKeyId
    key_id: Annotated[str, Meta(max_length=12)]
    """The public part of the key, found in the key's own text."""
    tenant_id: TenantId | None
    """None for a platform key."""
    digest: bytes
    """HMAC-SHA256 of the secret part under the deployment's key-digest key."""
    created_at: datetime
    expires_at: datetime | None
