"""What can be done with the sessions of a host: mirror, refresh, end; and who it is that a session stands for."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from msgspec import structs

from kingpost.kernel.component import Resources
from kingpost.kernel.context import Caller, Context, HostAccounts
from kingpost.kernel.cookies import cookie
from kingpost.kernel.errors import Conflict, NotFound
from kingpost.kernel.store import PLATFORM, Session, Store, Value, equal
from kingpost.kernel.tenancy import Tenant, snapshot
from kingpost.kernel.wire import Headers, Person

from .model import MirrorSession, is_fresh, principal_of
from .ports import Digester
from .records import MirroredSession

_PAGE = 200


async def mirror_session(context: Context, *, body: MirrorSession) -> MirroredSession | None:
    """Keep the session as it is now; None where the person belongs to a tenant that is not there, and then nothing is kept of it.

    Two processes may mirror one session at once: the facts that were read last stay.
    """
    kept = await _found(context.store, context.get(Digester), body.session_key)
    wanted = await _row(context, body, kept)
    if wanted is None or kept is None:
        return wanted if wanted is None else await _insert(context, body, wanted)
    return kept if kept.refreshed_at > body.read_at else await context.store.replace(wanted)


async def _insert(context: Context, body: MirrorSession, wanted: MirroredSession) -> MirroredSession | None:
    try:
        await context.store.insert(wanted)
    except Conflict:
        if await _found(context.store, context.get(Digester), body.session_key) is None:
            raise
        return await mirror_session(context, body=body)  # another process was faster, and its row is there now
    return wanted


async def _row(context: Context, body: MirrorSession, kept: MirroredSession | None) -> MirroredSession | None:
    person, digester = body.person, context.get(Digester)
    tenant = await tenant_of(context.store, person)
    if person.side == "tenant" and tenant is None:
        await _remove(context.store, kept)
        return None
    return MirroredSession(
        id=context.new_id("ses") if kept is None else kept.id,
        digest=digester.sessions(body.session_key)[0],
        account=person.account,
        side=person.side,
        tenant_id=None if tenant is None else tenant.id,
        permissions=_sorted(person),
        password_digest=digester.password(person.account, body.password),
        created_at=context.now() if kept is None else kept.created_at,
        refreshed_at=body.read_at,
        confirmed_at=body.read_at,
        expires_at=body.expires_at,
    )


async def end_session(context: Context, *, session_key: str) -> None:
    """Forget a session; one that is not kept is forgotten already."""
    await _remove(context.store, await _found(context.store, context.get(Digester), session_key))


async def end_sessions(context: Context, *, account: str) -> None:
    """Forget every session of an account."""
    async for kept in sessions_of(context.store, account):
        await _remove(context.store, kept)


async def refresh_sessions(context: Context, *, person: Person, read_at: datetime) -> None:
    """Keep what has changed about a person with all their sessions; none of them lasts longer for it."""
    tenant = await tenant_of(context.store, person)
    async for kept in sessions_of(context.store, person.account):
        if person.side == "tenant" and tenant is None:
            await _remove(context.store, kept)
        elif kept.refreshed_at <= read_at:
            facts = {"side": person.side, "tenant_id": None if tenant is None else tenant.id, "permissions": _sorted(person)}
            await context.store.replace(structs.replace(kept, **facts, refreshed_at=read_at))


async def sessions_of(store: Store, account: str) -> AsyncIterator[MirroredSession]:
    """Every session that is kept of an account."""
    after: tuple[Value, ...] | None = None
    while True:
        page = await store.find(MirroredSession, where=(equal("account", account),), order=("id",), after=after, limit=_PAGE)
        for kept in page.items:
            yield kept
        after = page.next
        if after is None:
            return


async def tenant_of(store: Store, person: Person) -> Tenant | None:
    """The tenant that somebody belongs to, by its id or by the host's own key for it; None for the platform, or where there is none."""
    if person.side == "platform":
        return None
    if person.tenant_id is not None:
        return await store.get(Tenant, person.tenant_id)
    if person.host_ref is None:
        return None
    found = await store.find(Tenant, where=(equal("host_ref", person.host_ref),), limit=1)
    return found.items[0] if found.items else None


class HostPeople:
    """Whoever is logged in at a host application (port ``PrincipalResolver``): told by its framework, or by a session that it has mirrored."""

    def __init__(self, *, digester: Digester, accounts: HostAccounts, resources: Resources) -> None:
        """``resources`` say the name of the cookie, and how long a session is accepted unconfirmed."""
        self._digester = digester
        self._accounts = accounts
        self._clock = resources.system.clock
        self._cookie = resources.session_cookie
        self._seconds = resources.mirror_seconds

    async def resolve(self, *, session: Session, headers: Headers, person: Callable[[], Person | None] | None) -> Caller | None:
        """The caller. A cookie that is sent twice is refused whoever reads it, so that both adapters answer alike."""
        session_key = cookie(headers, self._cookie)
        if person is not None:
            return await self._told(session.store(PLATFORM), person())
        return None if session_key is None else await self._mirrored(session, session_key)

    async def _told(self, store: Store, person: Person | None) -> Caller | None:
        if person is None:
            return None
        tenant = await tenant_of(store, person)
        if person.side == "tenant" and tenant is None:
            return None
        return _caller(person.account, person.side, tenant, person.permissions)

    async def _mirrored(self, session: Session, session_key: str) -> Caller | None:
        """What is mirrored says who it was; the host's own tables, where they can be asked, whether it still is."""
        store = session.store(PLATFORM)
        kept = await _found(store, self._digester, session_key)
        if kept is None or not is_fresh(kept, self._clock.now(), seconds=self._seconds):
            return None
        standing = await self._accounts.standing(session=session, account=kept.account, session_key=session_key)
        if standing is None:
            return None
        if standing.password is not None and not self._digester.is_password(kept.account, standing.password, kept.password_digest):
            return None
        tenant = None if kept.tenant_id is None else await store.get(Tenant, kept.tenant_id)
        if kept.side == "tenant" and tenant is None:
            return None
        return _caller(kept.account, kept.side, tenant, None if kept.permissions is None else frozenset(kept.permissions))


def _caller(account: str, side: str, tenant: Tenant | None, permissions: frozenset[str] | None) -> Caller:
    if tenant is None:
        return Caller(principal=principal_of(account, side, None, permissions), tenant=None)
    return Caller(principal=principal_of(account, side, tenant.id, permissions), tenant=snapshot(tenant))


def _sorted(person: Person) -> tuple[str, ...] | None:
    return None if person.permissions is None else tuple(sorted(person.permissions))


async def _found(store: Store, digester: Digester, session_key: str) -> MirroredSession | None:
    """What is kept of a session, under whichever secret it was."""
    for digest in digester.sessions(session_key):
        page = await store.find(MirroredSession, where=(equal("digest", digest),), limit=1)
        if page.items:
            return page.items[0]
    return None


async def _remove(store: Store, kept: MirroredSession | None) -> None:
    if kept is None:
        return
    try:
        await store.remove(MirroredSession, kept.id)
    except NotFound:  # another process has forgotten it meanwhile
        return
