"""``manage.py kingpost_bootstrap``: make the first platform key. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import bootstrap


class Command(KernelCommand):
    """The runtime's command ``bootstrap``."""

    group = bootstrap
    asks = True
