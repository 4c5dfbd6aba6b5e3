"""Invoices, their numbers without a gap, and what was paid. It knows work orders, branches and customers."""

from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from orders.models import VAT_RATE, WorkOrder
from orders.totals import totals
from staff.models import Branch

DAYS_TO_PAY = {Customer.Kind.PRIVATE: 14, Customer.Kind.TRADE: 30}


class Series(models.Model):
    """The last number that a branch has used in a year. Its row is the lock that keeps numbers in order and without a gap."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"
        constraints = [models.UniqueConstraint(fields=["branch", "year"], name="one_series_for_a_branch_and_year")]

    def __str__(self):
        return f"{self.branch.code}-{self.year}"

    @classmethod
    def take(cls, branch, year):
        """The next number, such as ``OAK-2026-0007``. It is used up only if the transaction around it commits."""
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("A number is taken in the transaction that uses it.")
        cls.objects.get_or_create(branch=branch, year=year)
        series = cls.objects.select_for_update().get(branch=branch, year=year)
        series.last += 1
        series.save(update_fields=["last"])
        return f"{branch.code}-{year}-{series.last:04}"


class InvoiceQuerySet(models.QuerySet):
    def overdue(self, on=None):
        return self.filter(status=Invoice.Status.ISSUED, due_on__lt=on or timezone.localdate())


class Invoice(models.Model):
    """A draft until it is issued; from then on only its status changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        ISSUED = "issued", "issued"
        PAID = "paid", "paid"

    number = models.CharField(max_length=20, unique=True, null=True, editable=False)  # noqa: DJ001  (a draft has none, and empty texts would be equal)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    work_order = models.OneToOneField(WorkOrder, models.PROTECT, null=True, blank=True, related_name="invoice")
    discount = models.DecimalField(max_digits=4, decimal_places=1, default=0)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=1, default=VAT_RATE)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    issued_on = models.DateField(null=True, editable=False)
    due_on = models.DateField(null=True, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-pk"]
        permissions = [("issue_invoice", "Can issue an invoice")]

    def __str__(self):
        return self.number or f"draft for {self.customer}"

    def get_absolute_url(self):
        return reverse("invoice", args=[self.pk])

    @property
    def totals(self):
        return totals(self.lines.all(), discount=self.discount, vat_rate=self.vat_rate)

    @property
    def open_amount(self):
        return self.totals.gross - (self.payments.aggregate(paid=Sum("amount"))["paid"] or Decimal(0))

    @transaction.atomic
    def issue(self, on):
        """Number it, date it, and mail it once all this is committed. ``ValidationError`` for one that is issued or has no lines."""
        fresh = Invoice.objects.select_for_update().get(pk=self.pk)
        if fresh.status != self.Status.DRAFT:
            raise ValidationError("The invoice is issued already.")
        if not self.lines.exists():
            raise ValidationError("An invoice needs a line.")
        self.number = Series.take(self.branch, on.year)
        self.status, self.issued_on = self.Status.ISSUED, on
        self.due_on = on + timedelta(days=DAYS_TO_PAY[self.customer.kind])
        self.save()
        if self.customer.email:
            transaction.on_commit(self.mail)

    def mail(self):
        text = f"Please pay {self.totals.gross} EUR by {self.due_on}."
        send_mail(f"Your invoice {self.number}", text, None, [self.customer.email])


class InvoiceLine(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=8, decimal_places=2, default=1, validators=[MinValueValidator(0)])
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} x {self.description}"


class Payment(models.Model):
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    received_on = models.DateField()

    def __str__(self):
        return f"{self.amount} on {self.received_on}"
