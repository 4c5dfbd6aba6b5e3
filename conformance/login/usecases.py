"""What a host does with its sessions, done with those of the kit."""

from datetime import timedelta

from msgspec import UNSET

from kingpost.kernel.context import Context
from kingpost.kernel.errors import FieldError, Invalid
from kingpost.kernel.identity import MirroredSession, MirrorSession, mirror_session
from kingpost.kernel.wire import Person

from .model import Login


async def log_in(context: Context, *, body: Login) -> MirroredSession:
    """Mirror a session, a fresh one where the body names none. ``Invalid`` where somebody is of no tenant that is there."""
    person = Person(
        account=body.account,
        side=body.side,
        tenant_id=None if body.tenant is UNSET else body.tenant,
        permissions=None if body.permissions is UNSET else frozenset(body.permissions),
    )
    key = context.system.entropy.draw("secrets", 16).hex() if body.session_key is UNSET else body.session_key
    now = context.now()
    session = MirrorSession(session_key=key, password="", person=person, read_at=now, expires_at=now + timedelta(seconds=body.seconds))
    made = await mirror_session(context, body=session)
    if made is None:
        error = FieldError(pointer="/tenant", code="unknown-reference", detail="There is no such tenant.")
        raise Invalid(errors=(error,))
    return made
