"""Specimens as a Django app. It knows its package; everything else comes from the component."""

from kingpost.adapters.django_app.apps import ComponentApp


class SpecimenApp(ComponentApp):
    """The kit's own component."""

    name = "kingpost.conformance.specimen"
