"""Quotes as pages, the work as JSON for the screen in the workshop."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views import View
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from orders.models import Quote, WorkOrder


class QuoteDetail(DetailView):
    queryset = Quote.objects.select_related("customer", "author", "work_order").prefetch_related("lines")


@require_POST
@permission_required("orders.add_workorder", raise_exception=True)
def accept_quote(request, pk):
    """The customer said yes."""
    quote = get_object_or_404(Quote, pk=pk)
    try:
        order = quote.accept(timezone.localdate())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"Planned for {order.due}.")
    return redirect("quote", pk)


class Board(View):
    """The work of a branch: GET lists it, POST ``{"order": 7}`` moves one order on."""

    def get(self, request):
        orders = WorkOrder.objects.open().at(request.branch).select_related("quote__customer", "joiner")
        return JsonResponse({"orders": [as_json(order) for order in orders]})

    def post(self, request):
        try:
            wanted = int(json.loads(request.body)["order"])
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"error": 'Send {"order": number}.'}, status=400)
        order = get_object_or_404(WorkOrder.objects.at(request.branch), pk=wanted)
        if order.status == WorkOrder.Status.FINISHED and not request.user.has_perm("orders.deliver_workorder"):
            return JsonResponse({"error": "Only who may deliver says so."}, status=403)
        try:
            order.advance(timezone.localdate())
        except ValidationError as error:
            return JsonResponse({"error": error.messages[0]}, status=409)
        return JsonResponse(as_json(order))


def as_json(order):
    return {
        "id": order.pk,
        "title": order.quote.title,
        "customer": order.quote.customer.name,
        "status": order.status,
        "due": order.due.isoformat(),
        "joiner": str(order.joiner) if order.joiner else None,
    }
