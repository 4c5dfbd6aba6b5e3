"""The ledger as a model: which history owns the database. It knows columns and nothing of what is written there."""

from django.db import models

from kingpost.adapters.django_app.fields import CodePointCharField
from kingpost.adapters.sql.shape import LEDGER_LENGTHS, LEDGER_TABLE


class Schema(models.Model):
    """One row per component, and one for the ledger itself, which also keeps the fingerprint of the root secret."""

    component = CodePointCharField(max_length=LEDGER_LENGTHS["component"], primary_key=True)
    revision = CodePointCharField(max_length=LEDGER_LENGTHS["revision"])
    owner = CodePointCharField(max_length=LEDGER_LENGTHS["owner"])
    secret_fingerprint = models.BinaryField(null=True, blank=True)

    class Meta:
        """The table that both histories share."""

        app_label = "kingpost"
        db_table = LEDGER_TABLE
        verbose_name = "schema"
        verbose_name_plural = "schema"

    def __str__(self) -> str:
        return f"{self.component} {self.revision} ({self.owner})"
