"""What identity persists. It knows fields and table facts; it decides nothing."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from kingpost.kernel.records import Facts, Index, Record, Reference, Retention, Unique
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import Tenant, TenantId

MirroredSessionId: TypeAlias = Annotated[str, id_of("ses")]
Side: TypeAlias = Literal["platform", "tenant"]


class MirroredSession(Record, frozen=True, kw_only=True):
    """A session of the host application, as a deployment beside it may accept it; neither its key nor anything of the account's password is kept."""

    facts: ClassVar[Facts] = Facts(
        component="identity",
        name="mirroredsession",
        tenant=None,
        personal=("account",),
        retention=Retention("kept while the host's session lasts", days=1, since="expires_at"),
        unique=(Unique(("digest",)),),
        indexes=(Index(("account", "id")),),
        references=(Reference("tenant_id", Tenant),),
    )
    id: MirroredSessionId
    digest: bytes
    """HMAC-SHA256 of the session's key under the deployment's key-digest key."""
    account: Annotated[str, Meta(max_length=200)]
    """The key of the account in the host's own table, as text."""
    side: Side
    tenant_id: TenantId | None
    permissions: tuple[str, ...] | None
    """Sorted; None means every permission of the side."""
    password_digest: bytes
    """HMAC-SHA256 of the account's password column when it was mirrored, so that a change of it ends the session."""
    created_at: datetime
    refreshed_at: datetime
    """When the host's facts about the person were read last."""
    confirmed_at: datetime
    """When the host has last seen the session alive."""
    expires_at: datetime
