"""Quotes, and the work orders that they become. It knows customers and branches; it knows no invoice."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction

from customers.models import Customer
from orders.signals import delivered
from orders.totals import totals
from staff.models import Branch

VAT_RATE = 23
WEEKS_TO_BUILD = 6


class Quote(models.Model):
    """An offer to a customer at the discount of its day."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="quotes")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    discount = models.DecimalField(max_digits=4, decimal_places=1, default=0)
    valid_until = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.title

    @property
    def totals(self):
        return totals(self.lines.all(), discount=self.discount, vat_rate=VAT_RATE)

    @transaction.atomic
    def accept(self, on):
        """Plan the work. ``ValidationError`` for a quote that is not open, that has run out, or whose customer is blocked."""
        quote = Quote.objects.select_for_update(of=("self",)).select_related("customer").get(pk=self.pk)
        if quote.status != self.Status.OPEN:
            raise ValidationError("The quote is %(status)s already.", params={"status": quote.get_status_display()})
        if on > quote.valid_until:
            raise ValidationError("The quote was valid until %(day)s.", params={"day": quote.valid_until})
        if quote.customer.blocked:
            raise ValidationError("The customer is blocked.")
        self.status = quote.status = self.Status.ACCEPTED
        quote.save(update_fields=["status"])
        return WorkOrder.objects.create(quote=quote, branch=quote.branch, due=on + timedelta(weeks=WEEKS_TO_BUILD))


class QuoteLine(models.Model):
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=8, decimal_places=2, default=1, validators=[MinValueValidator(0)])
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])

    def __str__(self):
        return f"{self.quantity} x {self.description}"


class WorkOrderQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(status=WorkOrder.Status.DELIVERED)

    def at(self, branch):
        """Those of a branch; all without one."""
        return self.filter(branch=branch) if branch else self


class WorkOrder(models.Model):
    """What the workshop builds: planned, begun, finished, delivered."""

    class Status(models.TextChoices):
        PLANNED = "planned", "planned"
        BEGUN = "begun", "begun"
        FINISHED = "finished", "finished"
        DELIVERED = "delivered", "delivered"

    quote = models.OneToOneField(Quote, models.PROTECT, related_name="work_order")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    joiner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="work_orders")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    due = models.DateField()

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        ordering = ["due", "pk"]
        permissions = [("deliver_workorder", "Can say that a work order is delivered")]

    def __str__(self):
        return f"{self.quote.title}, due {self.due}"

    def advance(self, on):
        """Go on to the next status; what follows a delivery happens in the same transaction. ``ValidationError`` after the last."""
        with transaction.atomic():
            order = WorkOrder.objects.select_for_update().get(pk=self.pk)
            if order.status == self.Status.DELIVERED:
                raise ValidationError("The work order is delivered already.")
            steps = self.Status.values
            self.status = order.status = steps[steps.index(order.status) + 1]
            order.save(update_fields=["status"])
            if order.status == self.Status.DELIVERED:
                delivered.send(WorkOrder, order=order, on=on)
