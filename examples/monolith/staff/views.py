"""The first page, and the choice of a branch."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from invoices.models import Invoice
from orders.models import WorkOrder
from staff.middleware import SESSION_KEY
from staff.models import Branch


def home(request):
    """What waits today, in one glance."""
    orders = WorkOrder.objects.open().at(request.branch).select_related("quote__customer")
    return render(request, "staff/home.html", {"orders": orders[:10], "overdue": Invoice.objects.overdue().count()})


@require_POST
def choose_branch(request):
    """Work for another branch until the end of the session."""
    branch = get_object_or_404(Branch, pk=request.POST.get("branch") or 0)
    request.session[SESSION_KEY] = branch.pk
    messages.success(request, f"You now work for {branch}.")
    return redirect("home")
