"""What stands around Django's own WSGI and ASGI handlers. It knows the two protocols and mounts, no operation.

A host writes ``application = keeping_path(get_wsgi_application())`` in its ``wsgi.py`` and ``application = guarded(get_asgi_application())`` in its
``asgi.py``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from asgiref.sync import sync_to_async
from django.urls import Resolver404, resolve

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.edges import SENT_PATH, from_scope
from kingpost.adapters.django_app.places import NAMESPACE, prefix_of
from kingpost.kernel.driving import drive
from kingpost.kernel.wire import RawReply

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApplication: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
WsgiApplication: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_LONGEST_LENGTH = 18
"""Digits of a Content-Length; more than any limit has."""


def keeping_path(django: WsgiApplication) -> WsgiApplication:
    """``django``, told what PATH_INFO was: Django mends broken UTF-8 in it, and then %FF and %25FF cannot be told apart."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[SENT_PATH] = environ.get("PATH_INFO", "")
        return django(environ, start_response)

    return application


def guarded(django: AsgiApplication) -> AsgiApplication:
    """``django`` for HTTP, where a body for Kingpost ends one byte behind its limit; WebSockets refused as plain HTTP; lifespan answered."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await django(scope, _capped(scope, receive), send)
        elif scope["type"] == "websocket":
            await _refuse_upgrade(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)

    return application


def _capped(scope: Scope, receive: Receive) -> Receive:
    """Django spools what ``receive`` gives before a view sees it; so ``receive`` gives no more than the kernel would read."""
    limit = kernel().policy.limits.body
    declared = next((value.strip(b" \t") for name, value in scope["headers"] if name == b"content-length"), None)
    if declared is not None and declared.isdigit() and len(declared) <= _LONGEST_LENGTH and int(declared) <= limit:
        return receive
    if not _is_ours(scope):
        return receive
    return _Cap(receive, 0 if declared is not None else limit + 1)


class _Cap:
    """Gives at most ``room`` bytes of body, then says that it ends; the rest stays unread."""

    def __init__(self, receive: Receive, room: int) -> None:
        self._receive = receive
        self._room = room
        self._cut = False

    async def __call__(self) -> Message:
        if self._cut:
            await asyncio.get_running_loop().create_future()  # Django listens for a disconnect until the answer is sent, then cancels
        if not self._room:
            self._cut = True
            return {"type": "http.request", "body": b"", "more_body": False}
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body: bytes = message.get("body", b"")
        if len(body) < self._room:
            self._room -= len(body)
            return message
        self._cut = True
        return {"type": "http.request", "body": body[: self._room], "more_body": False}


def _is_ours(scope: Scope) -> bool:
    """Whether the URLconf leads to Kingpost: a host's own uploads are its own business."""
    path: str = scope["path"].removeprefix(scope.get("root_path") or "") or "/"
    try:
        return NAMESPACE in resolve(path).namespaces
    except Resolver404:
        return False


async def _refuse_upgrade(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake with the kernel's problem document where the server can send one; else close it (1008, RFC 6455 section 7.4.1)."""
    await receive()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": "plain HTTP only"})
        return
    reply = await sync_to_async(_upgrade_refusal)(scope)
    await send({"type": "websocket.http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "websocket.http.response.body", "body": reply.body, "more_body": False})


def _upgrade_refusal(scope: Scope) -> RawReply:
    raw = from_scope({**scope, "method": "GET"}, prefix_of(None), b"", upgrade=True)
    return drive(kernel().answer(raw))


async def _live(receive: Receive, send: Send) -> None:
    """Nothing has to be opened: Django connects when it must."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
