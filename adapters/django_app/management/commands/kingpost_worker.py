"""``manage.py kingpost_worker``: deliver what the outbox holds. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import worker


class Command(KernelCommand):
    """The runtime's command ``worker``."""

    group = worker
    asks = True
