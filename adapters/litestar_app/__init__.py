"""Kingpost in Litestar: the plugin, and what a host's own handlers get from it."""

from .host import HostCall, requires
from .plugin import KingpostPlugin

__all__ = ("HostCall", "KingpostPlugin", "requires")
