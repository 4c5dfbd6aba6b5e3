"""``manage.py kingpost_id``: a TypeID to its UUID and back. It knows which command of the runtime it wraps."""

from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kingpost.adapters.django_app.commands import in_django, lines
from kingpost.adapters.runtime.commands import id as group
from kingpost.kernel.errors import ConfigurationError


class Command(BaseCommand):
    """The runtime's command ``id``, which needs no kernel."""

    help = group.HELP.capitalize() + "."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """The runtime's arguments."""
        group.add(parser)

    def handle(self, *_: str, **options: Any) -> None:
        """Print the other spelling."""
        try:
            group.run(Namespace(**options), lines(self.stdout))
        except ConfigurationError as error:
            raise CommandError(in_django(str(error))) from error
