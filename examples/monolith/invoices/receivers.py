"""What happens to invoices when something else happens: a delivery drafts one, a payment may settle one."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from invoices.models import Invoice, InvoiceLine, Payment
from orders.models import WorkOrder
from orders.signals import delivered


@receiver(delivered, sender=WorkOrder)
def draft_invoice(order, **kwargs):
    """The lines of the quote, at its discount."""
    quote = order.quote
    invoice = Invoice.objects.create(customer=quote.customer, branch=order.branch, work_order=order, discount=quote.discount)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=invoice, description=line.description, quantity=line.quantity, unit_price=line.unit_price)
        for line in quote.lines.all()
    )


@receiver(post_save, sender=Payment)
def settle(instance, **kwargs):
    """Paid is what has nothing open; a correction may open it again."""
    invoice = instance.invoice
    invoice.status = Invoice.Status.PAID if invoice.open_amount <= 0 else Invoice.Status.ISSUED
    invoice.save(update_fields=["status"])
