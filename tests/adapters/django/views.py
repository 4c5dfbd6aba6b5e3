"""A host's own views over the kernel. They know ``request.kingpost`` and use cases of a component."""

from django.http import HttpRequest, JsonResponse

from examples.storefront.usecases import create_product
from kingpost.adapters.django_app.decorators import requires
from kingpost.kernel.errors import Conflict
from tests.adapters.django.shop.models import Note
from tests.adapters.django.wares import WARE


def whoami(request: HttpRequest) -> JsonResponse:
    """Who calls."""
    caller = request.kingpost.caller
    return JsonResponse({"side": caller.principal.side, "tenant": caller.tenant and caller.tenant.slug})


@requires("storefront.products:write")
def guarded(request: HttpRequest) -> JsonResponse:
    """Only for those who may."""
    return JsonResponse({"done": True})


def product(request: HttpRequest) -> JsonResponse:
    """A row of the host and one of the kernel."""
    Note.objects.create(text=request.GET["note"])
    made = request.kingpost.call(create_product, body=WARE)
    return JsonResponse({"id": made.id})


def broken(request: HttpRequest) -> JsonResponse:
    """The kernel refuses."""
    raise Conflict(params={"rule": "unique:shop:text"})
