"""Who buys: private customers and the trade. It knows neither orders nor invoices."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse


class CustomerQuerySet(models.QuerySet):
    def search(self, text):
        """By number, or by a part of the name or the e-mail address; everybody for an empty text."""
        return self.filter(Q(number__iexact=text) | Q(name__icontains=text) | Q(email__icontains=text)) if text else self


class Customer(models.Model):
    """A customer. The trade buys at a discount; who is blocked gets no new quote."""

    class Kind(models.TextChoices):
        PRIVATE = "private", "private"
        TRADE = "trade", "trade"

    number = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PRIVATE)
    email = models.EmailField(blank=True)
    discount = models.DecimalField(
        "discount in percent", max_digits=4, decimal_places=1, default=0, validators=[MinValueValidator(0), MaxValueValidator(40)]
    )
    blocked = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="only_the_trade_has_a_discount", condition=Q(kind="trade") | Q(discount=0)),
        ]

    def __str__(self):
        return f"{self.name} ({self.number})"

    def get_absolute_url(self):
        return reverse("customer", args=[self.pk])


class Address(models.Model):
    """Where a customer lives, or wants something delivered."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    label = models.CharField(max_length=40, default="Home")
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.street}, {self.postcode} {self.city}"
