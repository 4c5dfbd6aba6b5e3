"""``manage.py kingpost_graph``: print what the kernel is made of. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import graph


class Command(KernelCommand):
    """The runtime's command ``graph``."""

    group = graph
