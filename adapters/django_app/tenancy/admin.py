"""The admin of tenants and keys: rows are shown, and changed by actions that call the use cases. It knows their states, no table."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from kingpost.adapters.django_app.admin import ReadOnlyAdmin
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.modelling import app_label
from kingpost.adapters.runtime.calls import platform_context, unchanged
from kingpost.adapters.runtime.reasons import told
from kingpost.kernel.context import Context, Principal
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import KernelError
from kingpost.kernel.tenancy import (
    AccessKey,
    CloseTenant,
    SuspendTenant,
    Tenant,
    TenantPath,
    close_tenant,
    read_tenant,
    reopen_tenant,
    resume_tenant,
    revoke_key,
    suspend_tenant,
)

Act: TypeAlias = Callable[[Context, str], Awaitable[object]]
"""What is done with one row, named by its key."""


class OperatedAdmin(ReadOnlyAdmin):
    """Rows are changed by actions alone, each row in a unit of work of its own; whoever may change them in the admin may act."""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Django's own permission ``change_...`` of the model."""
        options = self.opts
        return bool(request.user.has_perm(f"{options.app_label}.change_{options.model_name}"))

    def act(self, request: HttpRequest, rows: QuerySet[Any], act: Act) -> None:
        """Do it with every row and say what came of it."""
        done = 0
        for key in rows.values_list("pk", flat=True):
            try:
                drive(_acted(request, str(key), act))
            except KernelError as error:
                messages.error(request, f"{key}: {' '.join(told(error))}")
            else:
                done += 1
        if done:
            messages.success(request, f"{done} changed.")


async def _acted(request: HttpRequest, key: str, act: Act) -> None:
    principal = Principal(id=f"django-user-{request.user.pk}", side="platform", permissions=None)
    async with platform_context(kernel(), write=True, principal=principal) as context:
        await act(context, key)


async def _suspend(context: Context, key: str) -> None:
    path = TenantPath(tenant_id=key)
    await suspend_tenant(context, path=path, body=SuspendTenant(), if_match=unchanged(await read_tenant(context, path=path)))


async def _resume(context: Context, key: str) -> None:
    path = TenantPath(tenant_id=key)
    await resume_tenant(context, path=path, if_match=unchanged(await read_tenant(context, path=path)))


async def _close(context: Context, key: str) -> None:
    path = TenantPath(tenant_id=key)
    await close_tenant(context, path=path, body=CloseTenant(), if_match=unchanged(await read_tenant(context, path=path)))


async def _reopen(context: Context, key: str) -> None:
    path = TenantPath(tenant_id=key)
    await reopen_tenant(context, path=path, if_match=unchanged(await read_tenant(context, path=path)))


async def _revoke(context: Context, key: str) -> None:
    await revoke_key(context, key=key)


class TenantAdmin(OperatedAdmin):
    """Tenants; their states change by the rules of the API."""

    actions = ("suspend", "resume", "close", "reopen")
    search_fields = ("slug", "name")
    list_filter = ("status", "plan")

    @admin.action(permissions=["operate"], description="Suspend the selected tenants")
    def suspend(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Refuse everything to them until they are resumed."""
        self.act(request, rows, _suspend)

    @admin.action(permissions=["operate"], description="Resume the selected tenants")
    def resume(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Let them go on."""
        self.act(request, rows, _resume)

    @admin.action(permissions=["operate"], description="Close the selected tenants")
    def close(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """End them; they can be reopened during the grace period."""
        self.act(request, rows, _close)

    @admin.action(permissions=["operate"], description="Reopen the selected tenants")
    def reopen(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Bring them back."""
        self.act(request, rows, _reopen)


class AccessKeyAdmin(OperatedAdmin):
    """Keys, without their digests; one that has leaked can be ended here."""

    actions = ("revoke",)

    @admin.action(permissions=["operate"], description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """End them now."""
        self.act(request, rows, _revoke)


for _record, _admin in ((Tenant, TenantAdmin), (AccessKey, AccessKeyAdmin)):
    _model = apps.get_model(app_label("tenancy"), _record.__name__)
    admin.site.unregister(_model)
    admin.site.register(_model, _admin)
