"""Whose permissions and whose host names a host's own Django views accept. It knows ``request.kingpost`` and no route of the kernel."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client, RequestFactory

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.decorators import requires
from kingpost.adapters.django_app.host import HostCall
from kingpost.adapters.runtime.calls import platform_context
from kingpost.kernel.driving import drive
from kingpost.kernel.tenancy import CreateTenant, create_tenant
from tests.adapters.django.wares import platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")

OF_PLATFORM, OF_TENANT, OF_NOBODY = "tenancy.tenants:write", "storefront.products:write", "shop.reports:read"


def guarded(permission: str, key: str, rf: RequestFactory) -> tuple[int, str | None]:
    """Status and code of a host's view behind the permission."""

    @requires(permission)
    def view(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"done": True})

    request: Any = rf.get("/", headers={"authorization": f"Bearer {key}"})
    request.kingpost = HostCall(kernel, request)
    answer = view(request)
    return answer.status_code, json.loads(answer.content).get("code")


def test_a_guard_keeps_the_sides_apart(rf: RequestFactory) -> None:
    """A tenant's key opens nothing that needs a permission of the platform, and a platform key nothing of a tenant."""
    of_tenant, of_platform = tenant()[2], platform_key()
    assert guarded(OF_PLATFORM, of_platform, rf) == (200, None)
    assert guarded(OF_PLATFORM, of_tenant, rf) == (403, "platform-only")
    assert guarded(OF_TENANT, of_tenant, rf) == (200, None)
    assert guarded(OF_TENANT, of_platform, rf) == (403, "tenant-required")


def test_a_permission_that_only_the_host_knows_has_no_side(rf: RequestFactory) -> None:
    """The keys of both sides hold every permission that no operation of the kernel claims for one side."""
    assert guarded(OF_NOBODY, tenant()[2], rf) == guarded(OF_NOBODY, platform_key(), rf) == (200, None)


def hosted(host: str) -> str:
    """The key of a tenant that claims the host name."""

    async def made() -> str:
        async with platform_context(kernel(), write=True) as context:
            slug = host.partition(".")[0]
            return (await create_tenant(context, body=CreateTenant(slug=slug, name=slug, hosts=(host,)))).key

    return drive(made())


def test_the_host_name_must_agree_here_too(settings: Any) -> None:
    """A name that a tenant claims is for its credential alone; the deployment's own and names that nobody claims are for everybody's."""
    settings.MIDDLEWARE = ["kingpost.adapters.django_app.middleware.KingpostMiddleware"]
    settings.ALLOWED_HOSTS = ["*"]
    own, other = hosted("claimed-here.example"), tenant()[2]

    def asked(key: str, host: str) -> tuple[int, Any]:
        answer = Client(headers={"authorization": f"Bearer {key}", "host": host}).get("/host/whoami")
        return answer.status_code, answer.json().get("code")

    assert asked(own, "claimed-here.example") == (200, None)
    assert asked(own, "CLAIMED-HERE.example:8443") == (200, None)
    assert asked(other, "claimed-here.example") == (403, "tenant-mismatch")
    assert asked(platform_key(), "claimed-here.example") == (403, "tenant-mismatch")
    assert asked(own, "testserver") == asked(other, "testserver") == asked(other, "nobodys.example") == (200, None)
