"""The app of the component outbox. It knows which component it stands for."""

from kingpost.adapters.django_app.apps import ComponentApp


class OutboxApp(ComponentApp):
    """Events that wait for their delivery, and what each consumer has had."""

    name = "kingpost.adapters.django_app.outbox"
    component_name = "outbox"
