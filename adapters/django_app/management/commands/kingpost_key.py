"""``manage.py kingpost_key``: issue, rotate, revoke and list keys. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import key


class Command(KernelCommand):
    """The runtime's command ``key``."""

    group = key
    asks = True
