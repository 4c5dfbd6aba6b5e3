"""How a run is told: on a console while it goes on, and afterwards as JSON, JUnit XML and one page of HTML. It knows results, no check and no target."""

from .console import Console
from .document import document
from .files import prepare, write
from .junit import junit
from .page import page

__all__ = ("Console", "document", "junit", "page", "prepare", "write")
