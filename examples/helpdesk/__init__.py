"""The help desk: tickets and the comments on them, written once and served by every adapter.

Extra files: queries.py, because the list of tickets counts the comments of each and searches in them.
"""

from kingpost.kernel.component import Component, Permission

from .api import OPERATIONS, READ, WRITE
from .queries import FOUND
from .records import Comment, Ticket

COMPONENT = Component(
    name="helpdesk",
    package="examples.helpdesk",
    records=(Ticket, Comment),
    queries=(FOUND,),
    operations=OPERATIONS,
    permissions=(Permission(READ, "Read tickets and comments."), Permission(WRITE, "Open, move and comment tickets.")),
    requires=("tenancy",),
)

__all__ = ("COMPONENT", "Comment", "Ticket")
