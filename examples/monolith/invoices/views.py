"""Invoices as pages and as a table for the accountant."""

import csv

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from invoices.models import Invoice


class InvoiceList(ListView):
    paginate_by = 50
    queryset = Invoice.objects.select_related("customer")


class InvoiceDetail(DetailView):
    queryset = Invoice.objects.select_related("customer").prefetch_related("lines")


@require_POST
@permission_required("invoices.issue_invoice", raise_exception=True)
def issue(request, pk):
    """Give it its number and send it."""
    invoice = get_object_or_404(Invoice.objects.select_related("customer", "branch"), pk=pk)
    try:
        invoice.issue(timezone.localdate())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"Issued as {invoice}.")
    return redirect(invoice)


class Echo:
    """A file that gives back what is written to it."""

    def write(self, value):
        return value


@permission_required("invoices.view_invoice", raise_exception=True)
def export(request):
    """Every issued invoice as CSV, streamed."""
    issued = Invoice.objects.exclude(status=Invoice.Status.DRAFT).select_related("customer").prefetch_related("lines").order_by("number")
    write = csv.writer(Echo()).writerow
    rows = [write(["number", "issued", "customer", "net", "vat", "gross", "status"])]
    rows += [write([each.number, each.issued_on, each.customer.number, *each.totals, each.status]) for each in issued]
    return StreamingHttpResponse(rows, content_type="text/csv", headers={"Content-Disposition": 'attachment; filename="invoices.csv"'})
