"""What can be done with tenants and their keys: load, decide, write."""

import hmac
from datetime import timedelta
from functools import partial

from msgspec import UNSET, Struct, UnsetType, structs

from kingpost.kernel.context import Caller, Context, Principal, TenantState
from kingpost.kernel.errors import Conflict, NotFound, Unauthenticated
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import PLATFORM, Page, Session, Store, Value, equal

from .model import (
    DEFAULT_PLAN,
    Action,
    CloseTenant,
    CreateTenant,
    Kind,
    SuspendTenant,
    TenantPath,
    TenantQuery,
    UpdateTenant,
    check_hosts,
    check_slug,
    parse_credential,
    snapshot,
    transition,
)
from .ports import Change, KeyCutter, Memory, Observer
from .records import AccessKey, HostName, Tenant


class SlugTaken(Conflict):
    """Another tenant has the slug."""

    code, title = "slug-taken", "Another tenant has this slug."


class HostTaken(Conflict):
    """Another tenant claims the host name."""

    code, title = "host-taken", "Another tenant claims one of these host names."


class HostRefTaken(Conflict):
    """Another tenant is mapped to this key of the host application."""

    code, title = "host-ref-taken", "Another tenant is mapped to this host_ref."


_TAKEN: dict[str, type[Conflict]] = {
    "unique:kingpost_tenancy_tenant:slug": SlugTaken,
    "unique:kingpost_tenancy_tenant:host_ref": HostRefTaken,
    "unique:kingpost_tenancy_hostname:host": HostTaken,
}


FIRST_KEY = "key_0000000000e008000000000001"
"""The id of the platform's first key: the UUIDv7 of the epoch, so that it sorts before all others."""


class IssuedTenant(Struct, frozen=True, kw_only=True):
    """A new tenant and its first key, which is shown only now."""

    tenant: Tenant
    key: str

    def __repr__(self) -> str:
        """Without the key."""
        return f"IssuedTenant(tenant={self.tenant!r})"


class IssuedKey(Struct, frozen=True, kw_only=True):
    """A new key: its record, and its text, which is shown only now."""

    record: AccessKey
    text: str

    def __repr__(self) -> str:
        """Without the key's text."""
        return f"IssuedKey(record={self.record!r})"


async def create_tenant(context: Context, *, body: CreateTenant) -> IssuedTenant:
    """Make an active tenant with its first key. ``SlugTaken``, ``HostTaken``, ``HostRefTaken``."""
    check_slug(body.slug)
    hosts = () if body.hosts is UNSET else body.hosts
    check_hosts(hosts)
    now = context.now()
    tenant = Tenant(
        id=context.new_id("ten"),
        slug=body.slug,
        name=body.name,
        plan=DEFAULT_PLAN if body.plan is UNSET else body.plan,
        status="active",
        status_reason=None,
        hosts=hosts,
        host_ref=None if body.host_ref is UNSET else body.host_ref,
        purge_after=None,
        created_at=now,
        updated_at=now,
    )
    try:
        await context.store.insert(tenant)
        await _claim(context.store, tenant, before=())
    except Conflict as error:
        raise _named(error) from error
    _tell(context, "created", tenant)  # that nobody claims these hosts may be remembered
    issued = await issue_key(context, tenant_id=tenant.id)
    return IssuedTenant(tenant=tenant, key=issued.text)


async def read_tenant(context: Context, *, path: TenantPath) -> Tenant:
    """One tenant, in whatever state it is."""
    return await _load(context.store, path.tenant_id)


async def read_own_tenant(context: Context) -> Tenant:
    """The tenant of the caller."""
    return await _load(context.store, context.tenant_id)


async def list_tenants(context: Context, *, query: TenantQuery, after: tuple[Value, ...] | None) -> Page[Tenant]:
    """Tenants in the order of their creation."""
    filters = {name: getattr(query, name) for name in ("status", "slug", "host_ref")}
    given = {name: value for name, value in filters.items() if value is not UNSET}
    unique = next((name for name in ("slug", "host_ref") if name in given), None)
    if unique is None:
        return await context.store.find(
            Tenant, where=tuple(equal(*pair) for pair in given.items()), order=("id",), after=after, limit=query.limit
        )
    found = await context.store.find(Tenant, where=(equal(unique, given[unique]),), limit=1)
    return Page(tuple(tenant for tenant in found.items if all(getattr(tenant, name) == value for name, value in given.items())), None)


async def update_tenant(context: Context, *, path: TenantPath, body: UpdateTenant, if_match: IfMatch) -> Tenant:
    """Change what the body names. ``StaleVersion``, ``SlugTaken``, ``HostTaken``, ``HostRefTaken``."""
    if body.slug is not UNSET:
        check_slug(body.slug)
    if body.hosts is not UNSET:
        check_hosts(body.hosts)
    tenant = await _load(context.store, path.tenant_id)
    if_match.require(tenant)
    changes = {name: getattr(body, name) for name in body.__struct_fields__ if getattr(body, name) is not UNSET}
    try:
        changed = await context.store.replace(structs.replace(tenant, **changes, updated_at=context.now()), expected=tenant.version)
        await _claim(context.store, changed, before=tenant.hosts)
    except Conflict as error:
        raise _named(error) from error
    _tell(context, "updated", changed)
    return changed


async def suspend_tenant(context: Context, *, path: TenantPath, body: SuspendTenant, if_match: IfMatch) -> Tenant:
    """Refuse everything to the tenant until it is resumed."""
    return await _move(context, path, "suspend", if_match, reason=_given(body.reason))


async def resume_tenant(context: Context, *, path: TenantPath, if_match: IfMatch) -> Tenant:
    """Let a suspended tenant go on."""
    return await _move(context, path, "resume", if_match)


async def close_tenant(context: Context, *, path: TenantPath, body: CloseTenant, if_match: IfMatch) -> Tenant:
    """End a tenant; it can be reopened during the grace period."""
    return await _move(context, path, "close", if_match, reason=_given(body.reason), grace=timedelta(days=body.grace_days))


async def reopen_tenant(context: Context, *, path: TenantPath, if_match: IfMatch) -> Tenant:
    """Bring a closed tenant back while its grace period lasts. ``GracePeriodOver`` afterwards."""
    return await _move(context, path, "reopen", if_match)


async def issue_key(context: Context, *, tenant_id: str | None, lifetime: timedelta | None = None) -> IssuedKey:
    """A further key for a tenant, or for the platform where ``tenant_id`` is None; without lifetime it does not expire."""
    return await _issue(context, id_=context.new_id("key"), tenant_id=tenant_id, lifetime=lifetime)


async def issue_first_key(context: Context) -> IssuedKey:
    """The first key of the platform. ``Conflict`` where there has been one: its id is always the same, so of many processes one succeeds."""
    return await _issue(context, id_=FIRST_KEY, tenant_id=None, lifetime=None)


async def _issue(context: Context, *, id_: str, tenant_id: str | None, lifetime: timedelta | None) -> IssuedKey:
    kind: Kind = "p" if tenant_id is None else "t"
    credential, digest = context.get(KeyCutter).cut(kind)
    now = context.now()
    record = AccessKey(
        id=id_,
        key_id=credential.key_id,
        tenant_id=tenant_id,
        digest=digest,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    await context.store.insert(record)
    return IssuedKey(record=record, text=credential.text)


async def rotate_key(context: Context, *, key: str, overlap: timedelta) -> IssuedKey:
    """A new key in place of the one with the id ``key``, which goes on working for ``overlap``."""
    old = await _load_key(context.store, key)
    end = context.now() + overlap
    if old.expires_at is None or old.expires_at > end:
        await context.store.replace(structs.replace(old, expires_at=end))
    context.on_commit(context.get(Memory).forget)
    return await issue_key(context, tenant_id=old.tenant_id)


async def revoke_key(context: Context, *, key: str) -> AccessKey:
    """End a key now; revoking again changes nothing."""
    old = await _load_key(context.store, key)
    now = context.now()
    if old.expires_at is not None and old.expires_at <= now:
        return old
    context.on_commit(context.get(Memory).forget)
    return await context.store.replace(structs.replace(old, expires_at=now))


async def list_keys(context: Context, *, tenant_id: str | None, after: tuple[Value, ...] | None = None, limit: int = 50) -> Page[AccessKey]:
    """The keys of a tenant, or of the platform, in the order of their creation."""
    return await context.store.find(AccessKey, where=(equal("tenant_id", tenant_id),), order=("id",), after=after, limit=limit)


class StaticKeys:
    """The authenticator for static keys (port ``Authenticator``)."""

    def __init__(self, *, cutter: KeyCutter, memory: Memory) -> None:
        """Share the memory with the use cases, so that what they change is forgotten here."""
        self._cutter = cutter
        self._memory = memory

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        """Who holds the key; every refusal looks the same."""
        known = self._memory.caller(credential)
        if known is not None:
            return known
        mark = self._memory.mark()
        stored, caller = await self._look_up(session, credential)
        self._memory.remember_caller(credential, caller, mark=mark, expires_at=stored.expires_at)
        return caller

    async def _look_up(self, session: Session, text: str) -> tuple[AccessKey, Caller]:
        credential = parse_credential(text)
        if credential is None:
            raise _INVALID()
        store = session.store(PLATFORM)
        found = await store.find(AccessKey, where=(equal("key_id", credential.key_id),), limit=1)
        stored = found.items[0] if found.items else None
        expected = stored.digest if stored is not None else bytes(32)
        right = any(hmac.compare_digest(expected, digest) for digest in self._cutter.digests(credential))
        if stored is None or not right or (stored.tenant_id is None) != (credential.kind == "p"):
            raise _INVALID()
        if stored.expires_at is not None and stored.expires_at <= self._cutter.system.clock.now():
            raise _INVALID()
        return stored, await _caller(store, stored)


def _INVALID() -> Unauthenticated:  # noqa: N802  (reads as the condition it is)
    return Unauthenticated(challenge='Bearer error="invalid_token"')


async def _caller(store: Store, key: AccessKey) -> Caller:
    if key.tenant_id is None:
        return Caller(principal=Principal(id=key.id, side="platform", permissions=None), tenant=None)
    tenant = await store.get(Tenant, key.tenant_id)
    if tenant is None:
        raise _INVALID()
    principal = Principal(id=key.id, side="tenant", tenant_id=tenant.id, permissions=None)
    return Caller(principal=principal, tenant=snapshot(tenant))


class Directory:
    """Tenants by host name (port ``TenantDirectory``)."""

    def __init__(self, *, memory: Memory) -> None:
        """Share the memory with the use cases."""
        self._memory = memory

    async def by_host(self, *, session: Session, host: str) -> str | None:
        """The tenant that claims the host name."""
        known = self._memory.host(host)
        if known is not None:
            return known[0]
        mark = self._memory.mark()
        found = await session.store(PLATFORM).get(HostName, host)
        tenant = found.tenant_id if found is not None else None
        self._memory.remember_host(host, tenant, mark=mark)
        return tenant

    async def by_id(self, *, session: Session, id: str) -> TenantState | None:  # noqa: A002  (the port's signature)
        """The tenant as it is now; nothing is remembered."""
        tenant = await session.store(PLATFORM).get(Tenant, id)
        return None if tenant is None else snapshot(tenant)


async def _move(
    context: Context, path: TenantPath, action: Action, if_match: IfMatch, *, reason: str | None = None, grace: timedelta = timedelta(0)
) -> Tenant:
    tenant = await _load(context.store, path.tenant_id)
    if_match.require(tenant)
    moved = transition(tenant, action, now=context.now(), reason=reason, grace=grace)
    written = await context.store.replace(moved, expected=tenant.version)
    _tell(context, _CHANGES[action], written)
    return written


_CHANGES: dict[Action, Change] = {"suspend": "suspended", "resume": "resumed", "close": "closed", "reopen": "reopened"}


def _tell(context: Context, change: Change, tenant: Tenant) -> None:
    """After the commit: forget what was remembered, then tell whoever wants to know."""
    context.on_commit(context.get(Memory).forget)
    context.on_commit(partial(context.get(Observer).tenant_changed, change, tenant))


async def _load(store: Store, tenant_id: str) -> Tenant:
    tenant = await store.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound
    return tenant


async def _load_key(store: Store, key: str) -> AccessKey:
    """The key, held until the unit ends: keys have no version, and what has been revoked must not come back by a rotation beside it."""
    found = await store.get(AccessKey, key, lock=True)
    if found is None:
        raise NotFound
    return found


async def _claim(store: Store, tenant: Tenant, *, before: tuple[str, ...]) -> None:
    """Release the hosts that the tenant no longer has and claim the new ones, in one order for all, so that two tenants never wait for each other."""
    for host in sorted({*before} ^ {*tenant.hosts}):
        if host in before:
            await store.remove(HostName, host)
        else:
            await store.insert(HostName(host=host, tenant_id=tenant.id))


def _named(error: Conflict) -> Conflict:
    """The broken rule in the terms of the API."""
    refined = _TAKEN.get(error.rule)
    return error if refined is None else refined()


def _given(value: str | UnsetType) -> str | None:
    return None if value is UNSET else value
