"""The scaffold of a component: names, texts and files of a small one that works. It knows no argument and no project but the folder that it is given."""

from .names import Names, named
from .rendering import rendered
from .writing import planned, write

__all__ = ("Names", "named", "planned", "rendered", "write")
