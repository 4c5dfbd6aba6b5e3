"""Who calls in a test: a tenant, the platform or nobody, with all permissions or with some. It knows credentials, no request and no use case."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, structs

from kingpost.conformance.names import check_known
from kingpost.kernel.component import Component
from kingpost.kernel.context import ANONYMOUS, Authenticator, Caller
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.store import Session

_MARK: Final = "~"
"""Between a key and the permissions that it is narrowed to; no key has one."""


class Party(Struct, frozen=True, kw_only=True):
    """Somebody who calls. ``kingpost.tenant(...)`` makes one; ``kingpost.platform`` and ``kingpost.anonymous`` are there."""

    name: str
    """The tenant's slug, ``platform`` or ``anonymous``."""
    id: str = ""
    """The tenant's id; empty for the others."""
    key: str | None = None
    """The bearer credential that a request is sent with."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What a request of this caller carries, for a client of one's own."""
        return {} if self.key is None else {"authorization": f"Bearer {self.key}"}

    def only(self, *permissions: str) -> "Party":
        """The same caller with these permissions and no others; none are given for one who may do nothing."""
        if self.key is None:
            raise ConfigurationError("nobody has no permissions that could be narrowed: call only() on a tenant or on the platform")
        key = self.key.partition(_MARK)[0]
        return structs.replace(self, key=f"{key}{_MARK}{','.join(permissions).encode().hex()}")


NOBODY: Final = Party(name="anonymous")


class Narrowing:
    """The authenticator of a kernel, which also knows the credentials that ``Party.only`` makes."""

    def __init__(self, authenticator: Authenticator, components: Iterable[Component]) -> None:
        """``components`` declare the permissions that there are."""
        self._authenticator = authenticator
        self._permissions = tuple(permission.name for component in components for permission in component.permissions)

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        """The caller. ``ConfigurationError`` for a permission that no component declares: a refusal for it would prove nothing."""
        key, narrowed, text = credential.partition(_MARK)
        caller = await self._authenticator.authenticate(session=session, credential=key)
        if not narrowed:
            return caller
        names = [name for name in bytes.fromhex(text).decode().split(",") if name]
        check_known("permission", names, self._permissions)
        return structs.replace(caller, principal=structs.replace(caller.principal, permissions=frozenset(names)))


async def caller_of(authenticator: Authenticator, session: Session, party: Party) -> Caller:
    """Whom the party's credential proves, as the kernel finds it out."""
    if party.key is None:
        return Caller(principal=ANONYMOUS, tenant=None)
    return await authenticator.authenticate(session=session, credential=party.key)
