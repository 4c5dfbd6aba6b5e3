"""Tenants, keys and products for these tests. It knows use cases; every call makes its own, so that tests do not meet."""

from itertools import count
from typing import Any

from django.test import Client

from examples.storefront import CreateProduct, Price
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.runtime.calls import platform_context
from kingpost.kernel.driving import drive
from kingpost.kernel.tenancy import CreateTenant, create_tenant, issue_key

WARE = CreateProduct(sku="MUG-01", name="Mug", price=Price(amount=1999, currency="EUR"))
MUG = {"sku": "MUG-01", "name": "Mug", "price": {"amount": 1999, "currency": "EUR"}}

_numbers = count(1)


def tenant() -> tuple[str, str, str]:
    """Id, slug and key of a fresh tenant."""

    async def made() -> tuple[str, str, str]:
        async with platform_context(kernel(), write=True) as context:
            slug = f"tenant-{next(_numbers)}"
            issued = await create_tenant(context, body=CreateTenant(slug=slug, name=slug))
            return issued.tenant.id, slug, issued.key

    return drive(made())


def platform_key() -> str:
    """A key of the platform."""

    async def made() -> str:
        async with platform_context(kernel(), write=True) as context:
            return (await issue_key(context, tenant_id=None, lifetime=None)).text

    return drive(made())


def calling(key: str, **facts: Any) -> Client:
    """A client that calls with a key."""
    return Client(headers={"authorization": f"Bearer {key}"}, **facts)
