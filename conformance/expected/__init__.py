"""Expected failures: what is known not to hold on a target, with a reason each. The lists that the kit brings lie beside this door, ``<target>.toml``."""

from .reading import LAW, Expected, read, stale, written_for

__all__ = ("LAW", "Expected", "read", "stale", "written_for")
