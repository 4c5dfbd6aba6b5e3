"""The Django apps: the core app, which is the composition root, and what every component's app derives from. They know when Django is ready."""

from functools import cached_property
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured

from kingpost.adapters.django_app.modelling import app_label
from kingpost.adapters.runtime import discovery
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError


class KingpostApp(AppConfig):
    """The core app: the ledger's model, checks, commands, and the kernel of this process."""

    name = "kingpost.adapters.django_app"
    label = "kingpost"
    verbose_name = "Kingpost"
    default = True

    def __init__(self, app_name: str, app_module: Any) -> None:
        _refuse_second(app_name, self.label)
        super().__init__(app_name, app_module)

    @cached_property
    def kernel(self) -> Kernel:
        """The kernel over the installed components; made once, without I/O. ``ConfigurationError`` says what to mend."""
        from kingpost.adapters.django_app.composition import kernel_of_project

        return kernel_of_project()

    @cached_property
    def keeps_people(self) -> bool:
        """Whether whoever is logged in at the project may call the kernel by their session."""
        from kingpost.adapters.django_app import configuration

        return configuration.keeps_people()

    def ready(self) -> None:
        """Register checks and the guards of the migration history; listen to what happens to the project's people."""
        from kingpost.adapters.django_app import checks, deploy_checks, guards, permissions, refreshing

        checks.register_all()
        deploy_checks.register_all()
        guards.connect()
        permissions.connect()
        refreshing.connect()


class ComponentApp(AppConfig):
    """One component as a Django app, with the label ``kingpost_<component>``.

    A user's app is two lines: ``class OrdersApp(ComponentApp): name = "shop.orders"``. The package holds ``COMPONENT`` in its door.
    """

    default = False
    component_name: str | None = None
    """What ``COMPONENTS`` would call it elsewhere; without it the app's own package."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Django picks the subclass by itself, never this class."""
        super().__init_subclass__(**kwargs)
        cls.default = True

    def __init__(self, app_name: str, app_module: Any) -> None:
        self.component: Component = discovery.components((self.component_name or app_name,))[0]
        self.label = app_label(self.component.name)
        _refuse_second(app_name, self.label)
        self.verbose_name = f"Kingpost {self.component.name}"
        super().__init__(app_name, app_module)

    def ready(self) -> None:
        """Have the check say so where the core app is missing, which would register every other check."""
        if not installed.is_installed(KingpostApp.name):
            from kingpost.adapters.django_app import checks

            register(checks.check_core, checks.TAG)


def _refuse_second(name: str, label: str) -> None:
    """``ImproperlyConfigured`` where an app before this one has the label: Django's own message names neither and tells no mend."""
    first = installed.app_configs.get(label)
    if first is None:
        return
    if first.name == name:
        message = f'{name} is among INSTALLED_APPS twice: name it once, and call kingpost.apps(...) once with all components: *kingpost.apps("tenancy", ...)'
    else:
        message = f"the apps {first.name} and {name} are both labelled {label!r}: two components must not have one name; rename one, or take it out of INSTALLED_APPS"
    raise ImproperlyConfigured(message)


def components() -> tuple[Component, ...]:
    """The installed components, in the order of INSTALLED_APPS: inside Django there is no other list."""
    return tuple(config.component for config in installed.get_app_configs() if isinstance(config, ComponentApp))


def kernel() -> Kernel:
    """The kernel of this process. ``ConfigurationError`` where the core app is not installed, or something contradicts itself."""
    try:
        made: Kernel = installed.get_app_config(KingpostApp.label).kernel
    except LookupError:
        message = 'Kingpost is not among INSTALLED_APPS; add *kingpost.apps("tenancy")'
        raise ConfigurationError(message) from None
    return made
