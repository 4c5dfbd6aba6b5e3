"""Kingpost in Litestar: the plugin, and the application that ``kingpost serve`` runs."""

from .plugin import KingpostPlugin

__all__ = ("KingpostPlugin",)
