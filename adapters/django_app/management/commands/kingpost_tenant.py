"""``manage.py kingpost_tenant``: create, list and change tenants. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import tenant


class Command(KernelCommand):
    """The runtime's command ``tenant``."""

    group = tenant
    asks = True
