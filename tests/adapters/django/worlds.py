"""One database of Django's with a tenant in it, and ways to write to it as host and as kernel. It knows rows and tests nothing."""

import os
from collections.abc import Callable
from typing import Any

from examples.storefront import COMPONENT, Product
from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage
from kingpost.kernel import tenancy
from kingpost.kernel.driving import drive
from kingpost.kernel.store import PLATFORM, Scope, Session
from kingpost.kernel.system import uuid7
from kingpost.kernel.tenancy import Tenant
from kingpost.kernel.typeid import encode
from tests.adapters.django.shop.models import Note

RECORDS = (*tenancy.COMPONENT.records, *COMPONENT.records)
CLOCK = SystemClock()


def new_id(prefix: str) -> str:
    """A fresh id."""
    return encode(prefix, uuid7(CLOCK.now(), os.urandom(10)))


def tenant(slug: str) -> Tenant:
    """A tenant's row."""
    now = CLOCK.now()
    facts: dict[str, Any] = {"status_reason": None, "hosts": (), "host_ref": None, "purge_after": None}
    return Tenant(id=new_id("ten"), slug=slug, name=slug, plan="free", status="active", created_at=now, updated_at=now, **facts)


def ware(owner: str, sku: str) -> Product:
    """A product's row."""
    now = CLOCK.now()
    facts: dict[str, Any] = {"description": "", "status": "draft", "stock": 0, "attributes": {}}
    return Product(
        id=new_id("prd"), tenant_id=owner, sku=sku, name=sku, price_amount=1, price_currency="EUR", created_at=now, updated_at=now, **facts
    )


class World:
    """One database, a tenant in it, and ways to write to it as host and as kernel."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.storage = SqlStorage(DjangoExecutors(alias), records=RECORDS, clock=CLOCK)
        owner = tenant(new_id("x")[2:].lower())
        drive(self.session().store(PLATFORM).insert(owner))
        self.scope = Scope(owner.id)

    def session(self, deadline: float | None = None) -> Session:
        """A session of the kernel."""
        return self.storage.session(deadline=deadline)

    def insert(self, sku: str) -> None:
        """One row of the kernel, as a single statement."""
        drive(self.session().store(self.scope).insert(ware(self.scope.tenant or "", sku)))

    def insert_in_unit(self, sku: str, after: Callable[[], None] | None = None) -> None:
        """One row of the kernel in a unit of work of its own; ``after`` follows the commit."""

        async def run() -> None:
            session = self.session()
            async with session.unit(self.scope) as unit:
                await session.store(self.scope).insert(ware(self.scope.tenant or "", sku))
                if after is not None:
                    unit.on_commit(after)
                await unit.commit()
            await session.close()

        drive(run())

    def skus(self) -> list[str]:
        """The kernel's rows, as the kernel sees them."""
        page = drive(self.session().store(self.scope).find(Product, order=("sku",), limit=50))
        return [row.sku for row in page.items]

    def note(self, text: str) -> None:
        """One row of the host."""
        Note.objects.using(self.alias).create(text=f"{self.scope.tenant}:{text}")

    def notes(self) -> int:
        """How many rows the host has."""
        return Note.objects.using(self.alias).filter(text__startswith=str(self.scope.tenant)).count()
