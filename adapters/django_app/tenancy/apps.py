"""The app of the component tenancy. It knows which component it stands for."""

from kingpost.adapters.django_app.apps import ComponentApp


class TenancyApp(ComponentApp):
    """Tenants, their host names and their keys."""

    name = "kingpost.adapters.django_app.tenancy"
    component_name = "tenancy"
