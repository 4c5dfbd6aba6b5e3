"""The kit's second component: logs people in as a host application would, so that there are sessions to judge.

A target that is to be judged by the cases of ``identity`` serves it beside that component: ``--components identity,kingpost.conformance.login``.
No deployment serves it: whoever holds a platform key could log in as anybody.

Extra files: cases.py, because cases of a component are brought by its package.
"""

from kingpost.kernel.component import Component, Permission

from .api import OPERATIONS, WRITE, LoginView
from .model import Login

COMPONENT = Component(
    name="login",
    package="kingpost.conformance.login",
    operations=OPERATIONS,
    permissions=(Permission(WRITE, "Log people in."),),
    requires=("identity",),
)

__all__ = ("COMPONENT", "Login", "LoginView")
