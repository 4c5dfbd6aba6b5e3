"""The login of the kit as a Django app. It knows its package; everything else comes from the component."""

from kingpost.adapters.django_app.apps import ComponentApp


class LoginApp(ComponentApp):
    """The kit's second component."""

    name = "kingpost.conformance.login"
