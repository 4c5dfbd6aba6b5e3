"""The courier as a Django app. It knows its package; everything else comes from the component."""

from kingpost.adapters.django_app.apps import ComponentApp


class CourierApp(ComponentApp):
    """Another service is asked."""

    name = "tests.adapters.outbound.courier"
