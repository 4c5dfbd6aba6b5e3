"""The storefront as a Django app. It knows its package; everything else comes from the component."""

from kingpost.adapters.django_app.apps import ComponentApp


class StorefrontApp(ComponentApp):
    """Products for sale."""

    name = "examples.storefront"
