"""The app of the component identity. It knows which component it stands for."""

from kingpost.adapters.django_app.apps import ComponentApp


class IdentityApp(ComponentApp):
    """Who may act: the project's own people, by their sessions."""

    name = "kingpost.adapters.django_app.identity"
    component_name = "identity"
