"""The host's app."""

from django.apps import AppConfig


class ShopApp(AppConfig):
    """A shop that was there before."""

    name = "tests.adapters.django.shop"
    label = "shop"
    default_auto_field = "django.db.models.BigAutoField"
