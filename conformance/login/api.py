"""How the kit logs people in over HTTP."""

from msgspec import Struct

from kingpost.kernel.errors import Invalid
from kingpost.kernel.identity import MirroredSession
from kingpost.kernel.operations import Example, Operation
from kingpost.kernel.scalars import Timestamp, format_timestamp

from .model import Login
from .usecases import log_in

WRITE = "login.sessions:write"

_LOGIN: dict[str, object] = {"account": "5", "side": "platform"}


class LoginView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is logged in, and until when."""

    account: str
    expires_at: Timestamp


def view(session: MirroredSession) -> LoginView:
    """The session on the wire, without its key."""
    return LoginView(account=session.account, expires_at=format_timestamp(session.expires_at))


OPERATIONS = (
    Operation(
        id="login.sessions.create",
        method="POST",
        path="/platform/logins",
        summary="Log somebody in",
        use_case=log_in,
        scope="platform",
        permission=WRITE,
        body=Login,
        returns=LoginView,
        view=view,
        errors=(Invalid,),
        examples=(
            Example(summary="Somebody of the platform", body=_LOGIN, result={"account": "5", "expires_at": "2026-11-02T09:30:00.000000Z"}),
        ),
    ),
)
