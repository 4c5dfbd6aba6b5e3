"""Transports of the kit's own, bytes in and bytes out: in process over ASGI and WSGI, and over a socket."""

from .asgi import AsgiTransport
from .sockets import SocketTransport
from .wsgi import WsgiTransport

__all__ = ("AsgiTransport", "SocketTransport", "WsgiTransport")
