"""The host's tables."""

from django.db import models


class Note(models.Model):
    """A row of the host, which its own code writes beside the kernel's."""

    text = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.text


class Branch(models.Model):
    """A row that belongs to one of Kingpost's tenants, by an ordinary foreign key."""

    tenant = models.ForeignKey("kingpost_tenancy.Tenant", on_delete=models.PROTECT)
    city = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.city


class Line(models.Model):
    """A row that may stand below another; Django's own foreign keys are looked at by the commit."""

    above = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True)
    text = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.text
