"""What a login is made from. It knows fields and their limits."""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from kingpost.kernel.tenancy import TenantId

SessionKey: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9]{16,40}$", max_length=40, examples=["0123456789abcdef"])]


class Login(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of a host who has a session there."""

    session_key: SessionKey | UnsetType = UNSET
    """One that nobody is told where it is left out."""
    account: Annotated[str, Meta(min_length=1, max_length=200)]
    side: Literal["platform", "tenant"]
    tenant: TenantId | UnsetType = UNSET
    permissions: Annotated[tuple[Annotated[str, Meta(max_length=100)], ...], Meta(max_length=50)] | UnsetType = UNSET
    """All of their side where they are left out."""
    seconds: Annotated[int, Meta(ge=1, le=1_000_000)] = 86_400
    """How long the session lasts."""
