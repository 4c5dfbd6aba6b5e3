"""The component helpdesk as a Django app."""

from kingpost.adapters.django_app.apps import ComponentApp


class HelpdeskApp(ComponentApp):
    """It knows its package; everything else comes from the component."""

    name = "examples.helpdesk"
