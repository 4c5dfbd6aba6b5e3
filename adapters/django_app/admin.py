"""The admin of every record, for looking only: what changes rows goes through use cases. It knows models and no component."""

from typing import Any

from django.apps import apps as installed
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from kingpost.adapters.django_app.apps import ComponentApp
from kingpost.adapters.django_app.models import Schema

_WIDE = (models.TextField, models.JSONField, models.BinaryField)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows rows; adds, changes and deletes none. Bytes (digests) are not shown at all."""

    def __init__(self, model: type[models.Model], site: admin.AdminSite) -> None:
        super().__init__(model, site)
        shown = [field for field in model._meta.concrete_fields if not isinstance(field, models.BinaryField)]  # noqa: SLF001  (Django's public name)
        self.fields = self.readonly_fields = tuple(field.name for field in shown)
        self.list_display = tuple(field.name for field in shown if not isinstance(field, _WIDE))
        self.list_select_related = tuple(field.name for field in shown if field.is_relation)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


def register_all(site: admin.AdminSite) -> None:
    """Every model of every component, and the ledger."""
    for config in installed.get_app_configs():
        for model in config.get_models() if isinstance(config, ComponentApp) else ():
            site.register(model, ReadOnlyAdmin)
    site.register(Schema, ReadOnlyAdmin)


register_all(admin.site)
