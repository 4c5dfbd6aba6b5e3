"""What other apps may listen to."""

from django.dispatch import Signal

delivered = Signal()
"""A work order has been delivered: ``order``, and ``on``, the day. Sent inside the transaction."""
