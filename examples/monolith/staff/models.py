"""Who works here, and where: branches and employees. It knows nothing of customers or orders."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Branch(models.Model):
    """A place of the firm; its code begins the number of every invoice that it writes."""

    code = models.CharField(max_length=4, unique=True)
    name = models.CharField(max_length=80)
    city = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "branches"

    def __str__(self):
        return self.name


class Employee(AbstractUser):
    """A person with an account. Without a branch somebody works for the whole firm."""

    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="employees")
    phone = models.CharField(max_length=40, blank=True)

    def __str__(self):
        return self.get_full_name() or self.username
