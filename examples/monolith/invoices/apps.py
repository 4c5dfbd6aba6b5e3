"""The app of the invoices; it listens to deliveries and payments."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self):
        from invoices import receivers  # noqa: F401  (importing it connects them)
