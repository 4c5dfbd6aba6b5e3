"""Kingpost in Litestar: the plugin, and what a host's own handlers get from it."""

from .host import HostCall, requires, svcs_from
from .plugin import KingpostPlugin

__all__ = ("HostCall", "KingpostPlugin", "requires", "svcs_from")
