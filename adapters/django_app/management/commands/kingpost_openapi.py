"""``manage.py kingpost_openapi``: print the OpenAPI document. It knows which command of the runtime it wraps."""

from kingpost.adapters.django_app.commands import KernelCommand
from kingpost.adapters.runtime.commands import openapi


class Command(KernelCommand):
    """The runtime's command ``openapi``."""

    group = openapi
