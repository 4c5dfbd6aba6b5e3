"""``manage.py kingpost_routes``: list the operations. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import routes


class Command(KernelCommand):
    """The runtime's command ``routes``."""

    group = routes
