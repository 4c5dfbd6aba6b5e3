"""What a host does with its sessions, done with those of the kit."""

from datetime import timedelta

from msgspec import UNSET

from kingpost.kernel.context import Context
from kingpost.kernel.errors import FieldError, Invalid
from kingpost.kernel.identity import MirroredSession, MirrorSession, end_session, mirror_session
from kingpost.kernel.wire import Person

from .model import Login, Logout


async def log_in(context: Context, *, body: Login) -> MirroredSession:
    """Mirror the session. ``Invalid`` where somebody is of no tenant that is there."""
    person = Person(
        account=body.account,
        side=body.side,
        tenant_id=None if body.tenant_id is UNSET else body.tenant_id,
        permissions=None if body.permissions is UNSET else frozenset(body.permissions),
    )
    now = context.now()
    session = MirrorSession(
        session_key=body.session_key, password="", person=person, read_at=now, expires_at=now + timedelta(seconds=body.seconds)
    )
    made = await mirror_session(context, body=session)
    if made is None:
        error = FieldError(pointer="/tenant_id", code="unknown-reference", detail="There is no such tenant.")
        raise Invalid(errors=(error,))
    return made


async def log_out(context: Context, *, body: Logout) -> None:
    """Forget the session."""
    await end_session(context, session_key=body.session_key)
