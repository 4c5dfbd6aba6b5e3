"""The kernel of a Django project: installed apps and settings become one. It knows which port stands on Django; it serves nothing."""

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import components
from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.django_app.history import DjangoStorage
from kingpost.adapters.django_app.signals import Signals
from kingpost.adapters.runtime.composition import policy_from, records_of, system_from
from kingpost.adapters.runtime.log import StdlibLog
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.policy import fingerprint
from kingpost.kernel.system import System
from kingpost.kernel.tenancy import Observer


def kernel_of_project() -> Kernel:
    """The kernel over the installed components."""
    settings = configuration.settings_of_project()
    log = None if configuration.writes_own_lines() else StdlibLog()
    return kernel_from(settings, components(), system_from(settings, log=log))


def kernel_from(settings: Settings, chosen: tuple[Component, ...], system: System) -> Kernel:
    """A kernel over Django's connection and any machine: the real one, or a test's with a clock of its own."""
    ports = Ports(storage=storage_from(settings, chosen, system), system=system)
    made = assemble(ports=ports, components=chosen, policy=policy_from(settings))
    register(made)
    return made


def register(kernel: Kernel) -> None:
    """What Django adds to the services of the components."""
    kernel.services.register_value(Observer, Signals())


def storage_from(settings: Settings, chosen: tuple[Component, ...], system: System) -> DjangoStorage:
    """The SQL store over the alias; without I/O."""
    return DjangoStorage(
        DjangoExecutors(configuration.alias(), monotonic=system.clock.monotonic),
        records=records_of(chosen),
        clock=system.clock,
        secret_fingerprint=fingerprint(settings.secret),
    )
