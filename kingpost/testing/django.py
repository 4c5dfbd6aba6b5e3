"""A bench over a Django project: its database, its middleware, its URLs, in its own test cases. It knows Django and the adapter; nothing of it is stepped.

``class TicketTests(WithKingpost, TestCase)`` has ``self.kingpost``; with pytest-django there is the fixture ``kingpost_django``. Everything runs
in the transaction of the test case, so it is rolled back with the rest, and what waits for the commit is done when the call is over.
"""

from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from django.apps import apps
from django.conf import settings
from django.test import Client as DjangoClient
from django.test import TestCase

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import components
from kingpost.adapters.django_app.composition import register, storage_from
from kingpost.adapters.django_app.places import prefix_of
from kingpost.adapters.runtime.composition import policy_from
from kingpost.adapters.runtime.settings import Settings
from kingpost.conformance.bench import Machine, Trapped
from kingpost.conformance.world import NOW
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import Storage
from kingpost.kernel.wire import RawReply, RawRequest

from .bench import Bench, with_fakes
from .client import Requests
from .ground import driven
from .parties import Narrowing

T = TypeVar("T")

_HOST: Final = "testserver"
"""What Django's test client calls itself, and what Django lets in while it tests."""


class ProjectBench(Bench):
    """The kernel of this project on a machine that stands still, for the length of a ``with`` block; the project's own views get it too."""

    def __init__(self, *, now: datetime = NOW, seed: object = "testing") -> None:
        """``seed`` decides ids and keys: two benches on one database need two."""
        super().__init__()
        self._now = now
        self._seed = str(seed)

    def enter(self) -> "ProjectGround":
        """In the place of the kernel that the project has."""
        return ProjectGround(now=self._now, seed=self._seed)


class _Made:
    """A kernel over the project's database on a machine of its own, used again by one test after the other."""

    def __init__(self, settings: Settings, chosen: tuple[Component, ...]) -> None:
        self.machine = Machine()
        self.trap = Trapped(storage_from(settings, chosen, self.machine.system))
        self.trap.faults = self.machine.faults
        self.kernel = self.governed(chosen, policy_from(settings))

    def governed(self, chosen: tuple[Component, ...], policy: Policy) -> Kernel:
        """A kernel with other settings."""
        return assemble(ports=Ports(storage=self.trap, system=self.machine.system), components=chosen, policy=policy)


_IDLE: Final[dict[tuple[object, ...], list[_Made]]] = {}
"""Kernels that no test uses, by what they were made from."""


class ProjectGround:
    """A kernel over the project's database. While it is there the project serves it."""

    def __init__(self, *, now: datetime, seed: str) -> None:
        """``ConfigurationError`` and ``SettingsInvalid`` as where the project starts."""
        self._app: Any = apps.get_app_config("kingpost")
        self._served: Kernel | None = vars(self._app).get("kernel")
        self._components: tuple[Component, ...] = components()
        self._alias = configuration.alias()
        own = configuration.settings_of_project()
        self._idle = _IDLE.setdefault((self._alias, policy_from(own), *map(id, self._components)), [])
        self._made = self._idle.pop() if self._idle else _Made(own, self._components)
        self.machine = self._made.machine
        self.machine.reset(seed, now)
        self._serve(self._made.kernel)
        self.supply({})

    def _serve(self, kernel: Kernel) -> None:
        self.kernel = self._app.kernel = kernel

    @property
    def storage(self) -> Storage:
        """The store over Django's connection."""
        return self._made.trap.storage

    def driven(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it; what it has left for the commit is done, although a test case never commits."""
        with TestCase.captureOnCommitCallbacks(using=self._alias, execute=True):
            return driven(coroutine)

    def sent(self, request: RawRequest) -> RawReply:
        """Through the project's middleware and URLs, by Django's own test client."""
        target = request.path + (b"?" + request.query if request.query else b"")
        lines = {name.decode(): value.decode("latin-1") for name, value in request.headers}
        media = lines.pop("content-type", "application/json")
        with TestCase.captureOnCommitCallbacks(using=self._alias, execute=True):
            response = DjangoClient().generic(request.method, target.decode(), request.body, content_type=media, headers=lines)
        headers = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in response.items())
        return RawReply(status=response.status_code, headers=headers, body=response.content)

    def requests(self, *, key: str | None, headers: Mapping[str, str]) -> Requests:
        """Where the project has mounted Kingpost, under a name that it serves."""
        hosts = self.kernel.policy.hosts
        host = _HOST if _HOST in hosts or "*" in hosts else hosts[0]
        return Requests(key=key, headers={"host": host, **headers}, prefix=prefix_of(settings.ROOT_URLCONF))

    def govern(self, policy: Policy) -> None:
        """A kernel with these settings in the place of the project's."""
        self._serve(self._made.governed(self._components, policy))

    def supply(self, fakes: Mapping[type[Any], object]) -> None:
        """The services of the components and of the project, with the fakes in place of some."""
        self.kernel.supply(with_fakes(self._components, fakes))
        register(self.kernel)
        for port, fake in fakes.items():
            self.kernel.services.register_value(port, fake)
        self.kernel.authenticator = Narrowing(self.kernel.authenticator, self._components)

    def leave(self) -> None:
        """The project has its own kernel again."""
        self._idle.append(self._made)
        if self._served is None:
            del self._app.kernel
        else:
            self._app.kernel = self._served


class WithKingpost:
    """For a test case of Django: ``class TicketTests(WithKingpost, TestCase)``. Each test begins with a bench of its own."""

    kingpost: ProjectBench

    def setUp(self) -> None:
        """Begin."""
        case: Any = self
        super().setUp()  # type: ignore[misc]  # the test case comes behind this class
        self.kingpost = case.enterContext(ProjectBench(seed=case.id()))
