"""The decisions of tenancy, pure: nothing here awaits, reads a clock or knows a store.

The states of a tenant and what leads from one to another::

    active ──suspend──> suspended ──resume──> active
    active, suspended ──close──> closed ──reopen (until the grace period ends)──> active
"""

import hmac
import re
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from kingpost.kernel.context import TenantState
from kingpost.kernel.errors import FieldError, Invalid, InvalidTransition
from kingpost.kernel.operations import PageQuery

from .records import Status, Tenant, TenantId

DEFAULT_PLAN = "free"
DEFAULT_GRACE_DAYS = 30

Action: TypeAlias = Literal["suspend", "resume", "close", "reopen"]

TRANSITIONS: Mapping[tuple[Status, Action], Status] = {
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("active", "close"): "closed",
    ("suspended", "close"): "closed",
    ("closed", "reopen"): "active",
}

SLUG_PATTERN = r"^[a-z](?:[a-z0-9]|-(?!-)){0,61}[a-z0-9]$"
"""2 to 63 characters, so that a slug is a DNS label (RFC 1035); no double hyphen, so that it is never taken for an A-label (RFC 5890)."""

HOST_PATTERN = r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
"""A lower-case DNS name of at least two labels; internationalised names in their ``xn--`` form."""

RESERVED_SLUGS = frozenset(
    (
        "admin",
        "api",
        "app",
        "docs",
        "health",
        "kingpost",
        "livez",
        "metrics",
        "platform",
        "readyz",
        "root",
        "static",
        "status",
        "system",
        "tenant",
        "www",
    )
)
"""Names that a deployment may need for itself, in paths and in host names."""


class GracePeriodOver(InvalidTransition):
    """The tenant was closed too long ago to be reopened."""

    code, title = "grace-period-over", "The grace period of the closed tenant is over."


Slug: TypeAlias = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN, max_length=63, description="A short name, unique over the platform, fit for a DNS label.", examples=["acme"]
    ),
]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Plan: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$", max_length=63, examples=["free"])]
Host: TypeAlias = Annotated[str, Meta(pattern=HOST_PATTERN, max_length=253, examples=["shop.acme.example"])]
Hosts: TypeAlias = Annotated[tuple[Host, ...], Meta(max_length=20)]
HostRef: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, extra={"nfc": True})]
Reason: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500)]


class CreateTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new tenant is made from."""

    slug: Slug
    name: Name
    plan: Plan | UnsetType = UNSET
    hosts: Hosts | UnsetType = UNSET
    """Host names that select the tenant."""
    host_ref: HostRef | UnsetType = UNSET
    """The key of the tenant in a host application's own table."""


class UpdateTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a tenant; a field that is left out stays as it is."""

    slug: Slug | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    plan: Plan | UnsetType = UNSET
    hosts: Hosts | UnsetType = UNSET
    host_ref: HostRef | UnsetType | None = UNSET


class SuspendTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a tenant is suspended."""

    reason: Reason | UnsetType = UNSET


class CloseTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a tenant is closed, and for how long it can be reopened."""

    reason: Reason | UnsetType = UNSET
    grace_days: Annotated[int, Meta(ge=0, le=3650)] = DEFAULT_GRACE_DAYS


class TenantPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tenant."""

    tenant_id: TenantId


class TenantQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tenants: all, or those with a status, or the one with a slug or a key of the host application."""

    status: Status | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    host_ref: HostRef | UnsetType = UNSET


def transition(tenant: Tenant, action: Action, *, now: datetime, reason: str | None = None, grace: timedelta = timedelta(0)) -> Tenant:
    """The tenant after the action. ``InvalidTransition`` where its state does not allow it, ``GracePeriodOver`` where it is too late."""
    status = TRANSITIONS.get((tenant.status, action))
    if status is None:
        raise InvalidTransition(params={"state": tenant.status, "action": action})
    if action == "reopen" and tenant.purge_after is not None and now >= tenant.purge_after:
        raise GracePeriodOver
    purge_after = now + grace if status == "closed" else None
    return structs.replace(tenant, status=status, status_reason=reason, purge_after=purge_after, updated_at=now)


def snapshot(tenant: Tenant) -> TenantState:
    """What the pipeline needs to know of the tenant."""
    return TenantState(id=tenant.id, slug=tenant.slug, plan=tenant.plan, status=tenant.status)


def check_slug(slug: str, *, pointer: str = "/slug") -> None:
    """Refuse a slug that the deployment may need for itself; its grammar is checked on the wire."""
    if slug in RESERVED_SLUGS:
        error = FieldError(pointer=pointer, code="reserved", detail="The platform keeps this slug for itself.")
        raise Invalid(errors=(error,))


def check_hosts(hosts: tuple[str, ...], *, pointer: str = "/hosts") -> None:
    """Refuse a host name that is listed twice."""
    wrong = [
        FieldError(pointer=f"{pointer}/{at}", code="duplicate", detail="This host name is listed twice.")
        for at, host in enumerate(hosts)
        if host in hosts[:at]
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_ID_LENGTH = 12
SECRET_LENGTH = 43
"""Base62 characters of the secret part: 256 bits."""
_CRC_LENGTH = 6
_KEY = re.compile(rf"kp_([pt])_([0-9A-Za-z]{{{KEY_ID_LENGTH}}})([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{_CRC_LENGTH}}})")

Kind: TypeAlias = Literal["p", "t"]
"""A platform key or a tenant's key."""


class Credential(Struct, frozen=True):
    """The parts of a static key: ``kp_<kind>_<12 key id><43 secret><6 CRC32>``, all base62. The checksum is for scanners and typing errors."""

    kind: Kind
    key_id: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, as error trackers print what they find in a traceback."""
        return f"Credential(kind={self.kind!r}, key_id={self.key_id!r})"

    @property
    def text(self) -> str:
        """The key as its owner keeps it."""
        body = f"kp_{self.kind}_{self.key_id}{self.secret}"
        return body + _base62(zlib.crc32(body.encode()), _CRC_LENGTH)


def new_credential(kind: Kind, chance: bytes) -> Credential:
    """A fresh key from 41 random bytes: 9 for the key id (the low 71 bits of 72 fit), 32 for the secret."""
    key_id = _base62(int.from_bytes(chance[:9], "big"), KEY_ID_LENGTH)
    return Credential(kind, key_id, _base62(int.from_bytes(chance[9:41], "big"), SECRET_LENGTH))


def parse_credential(text: str) -> Credential | None:
    """The parts of a key, or None where its form or checksum is wrong: no store needs to be asked then."""
    parts = _KEY.fullmatch(text)
    if parts is None:
        return None
    credential = Credential("p" if parts[1] == "p" else "t", parts[2], parts[3])
    return credential if credential.text == text else None


def digest(credential: Credential, key: bytes) -> bytes:
    """What is stored of a key. A fast MAC suffices for 256 random bits (ASVS 6.5.2); the key makes a stolen table useless."""
    return hmac.digest(key, f"{credential.key_id}:{credential.secret}".encode(), sha256)


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
