"""Mirrors a project's sessions into the kernel's table, for a deployment beside it that accepts them. It knows sessions and users, no route.

A session is mirrored once its key is final and its user is known, and again when a minute has passed or the account has changed; in between a
request costs a look into memory. It is forgotten when it ends. What goes wrong here is logged, and hurts no answer of the project.
"""

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty
from msgspec import Struct

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.people import person_of
from kingpost.adapters.runtime.calls import platform_context
from kingpost.kernel.context import Context
from kingpost.kernel.driving import drive
from kingpost.kernel.identity import MirrorSession, end_session, end_sessions, mirror_session

SECONDS: Final = 60.0
"""For how long a process takes a session that it has mirrored for mirrored."""
_LARGEST: Final = 10_000
"""Sessions that a process remembers; beyond it begins again."""


class Seen(Struct, frozen=True, gc=False):
    """What was mirrored of a session, and until when that holds."""

    until: float
    account: Any
    password: str


class Mirror:
    """What this process has mirrored lately."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def due(self, request: HttpRequest) -> Callable[[], None] | None:
        """What must be written after this request, None for nothing. Looks at what the request has loaded anyway, and asks no database."""
        session = getattr(request, "session", None)
        if session is None:
            return None
        key = session.session_key
        ended = self._ended(request, key) if session.modified else None
        user = _loaded_user(request)
        if key is not None and user is not None and _is_of(session, user) and not self._is_known(key, user):
            return partial(self._write, ended, key, user, session.get_expiry_date())
        return None if ended is None else partial(self.forget, ended)

    def forget(self, session_key: str) -> None:
        """The session is over."""
        self._seen.pop(session_key, None)
        written("mirror.forget_failed", lambda context: end_session(context, session_key=session_key))

    def forget_account(self, account: str) -> None:
        """The account is gone, or nobody to the kernel."""
        self._seen.clear()
        written("mirror.forget_failed", lambda context: end_sessions(context, account=account))

    def look_again(self) -> None:
        """Something has changed about people: what was mirrored is mirrored again when it is next seen."""
        self._seen.clear()

    def _ended(self, request: HttpRequest, key: str | None) -> str | None:
        """The session that the request came with, where it has another or none now."""
        came_with = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        return came_with if came_with and came_with != key else None

    def _is_known(self, key: str, user: Any) -> bool:
        seen = self._seen.get(key)
        return (
            seen is not None
            and seen.until > kernel().system.clock.monotonic()
            and (seen.account, seen.password) == (user.pk, user.password)
        )

    def _write(self, ended: str | None, key: str, user: Any, expires_at: datetime) -> None:
        if ended is not None:
            self.forget(ended)
        clock = kernel().system.clock
        read_at = clock.now()
        if len(self._seen) >= _LARGEST:
            self._seen.clear()
        if written("mirror.write_failed", partial(_mirrored, key, user, read_at, expires_at)):
            self._seen[key] = Seen(clock.monotonic() + SECONDS, user.pk, user.password)


async def _mirrored(key: str, user: Any, read_at: datetime, expires_at: datetime, context: Context) -> None:
    person = person_of(user)
    if person is None:
        await end_session(context, session_key=key)
        return
    body = MirrorSession(session_key=key, password=user.password, person=person, read_at=read_at, expires_at=expires_at)
    await mirror_session(context, body=body)


MIRROR: Final = Mirror()
"""That of this process."""


def written(failure: str, act: Callable[[Context], Coroutine[Any, Any, None]]) -> bool:
    """Do it in a unit of work of its own, a savepoint where the project has a transaction open. False where it went wrong, which is logged under ``failure``."""

    async def run() -> None:
        async with platform_context(kernel(), write=True) as context:
            await act(context)

    try:
        drive(run())
    except Exception as error:  # noqa: BLE001  (whatever it is, the answer of the project is none the worse; an unmirrored session is refused)
        kernel().system.log.failure(failure, error, {})
        return False
    return True


def _loaded_user(request: HttpRequest) -> Any:
    """The user, where somebody has asked for it already; None for nobody."""
    user = request.__dict__.get("user")
    if isinstance(user, LazyObject) and user._wrapped is empty:  # noqa: SLF001  (Django has no public word for it)
        user = getattr(request, "_acached_user", None)  # what ``request.auser()`` keeps
    return user if user is not None and user.is_authenticated else None


def _is_of(session: Any, user: Any) -> bool:
    """Whether it is the session that says who the user is, and not a header, a proxy or somebody who looks through another's eyes."""
    loaded = getattr(session, "_session_cache", None)
    return loaded is not None and loaded.get(SESSION_KEY) == user._meta.pk.value_to_string(user)  # noqa: SLF001  (Django's public name)
