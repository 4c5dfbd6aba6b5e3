"""Stepping: kernel coroutines moved on by hand, one port call at a time, through every interleaving, crash and fault that matters."""

from .suite import checks

__all__ = ("checks",)
