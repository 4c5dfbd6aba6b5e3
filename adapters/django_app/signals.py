"""Django signals for changes to tenants, sent after the commit. They know the tenant as its record; who listens is the host's business.

::

    @receiver(tenant_changed)
    def close_account(sender, change, tenant, **_):
        if change == "closed":
            ...
"""

from typing import Final

from django.dispatch import Signal

from kingpost.kernel.tenancy import Change, Observer, Tenant

tenant_changed: Final = Signal()
"""``change`` (``created``, ``updated``, ``suspended``, ``resumed``, ``closed``, ``reopened``) and ``tenant``, the record as it was committed.

Sent in the process and thread that made the change, over the API, in the admin, by a command or by a view of the host. What a Litestar
deployment on the same database changes is not told here.
"""


class Signals(Observer):
    """Sends the signal. A receiver that raises is logged by Django (``django.dispatch``) and keeps nobody else from hearing it."""

    def tenant_changed(self, change: Change, tenant: Tenant) -> None:
        """Send it."""
        tenant_changed.send_robust(Tenant, change=change, tenant=tenant)
