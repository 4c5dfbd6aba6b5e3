"""Tenancy: who the customers of the platform are, what state they are in, and which credential speaks for whom."""

from svcs import Container

from kingpost.kernel.component import Component, Permission, Resources, Service
from kingpost.kernel.context import Authenticator, TenantDirectory

from .api import OPERATIONS, READ, READ_OWN, WRITE, TenantView
from .model import CloseTenant, CreateTenant, GracePeriodOver, SuspendTenant, TenantPath, TenantQuery, UpdateTenant, snapshot
from .ports import Change, KeyCutter, Memory, Observer
from .records import AccessKey, AccessKeyId, HostName, Tenant, TenantId
from .usecases import (
    Directory,
    HostRefTaken,
    HostTaken,
    IssuedKey,
    IssuedTenant,
    SlugTaken,
    StaticKeys,
    close_tenant,
    create_tenant,
    issue_first_key,
    issue_key,
    list_keys,
    list_tenants,
    read_own_tenant,
    read_tenant,
    reopen_tenant,
    resume_tenant,
    revoke_key,
    rotate_key,
    suspend_tenant,
    update_tenant,
)


def _memory(services: Container) -> Memory:
    resources = services.get(Resources)
    return Memory(system=resources.system, seconds=resources.cache_seconds)


def _cutter(services: Container) -> KeyCutter:
    resources = services.get(Resources)
    return KeyCutter(system=resources.system, digest_keys=resources.keys.digests)


def _static_keys(services: Container) -> StaticKeys:
    return StaticKeys(cutter=services.get(KeyCutter), memory=services.get(Memory))


def _directory(services: Container) -> Directory:
    return Directory(memory=services.get(Memory))


COMPONENT = Component(
    name="tenancy",
    package="kingpost.kernel.tenancy",
    records=(Tenant, HostName, AccessKey),
    operations=OPERATIONS,
    permissions=(
        Permission(READ, "Read every tenant of the platform."),
        Permission(WRITE, "Create, change, suspend and close tenants."),
        Permission(READ_OWN, "Read one's own tenant."),
    ),
    services=(
        Service(port=Memory, make=_memory),
        Service(port=Observer, make=lambda _: Observer()),
        Service(port=KeyCutter, make=_cutter),
        Service(port=Authenticator, make=_static_keys),
        Service(port=TenantDirectory, make=_directory),
    ),
)

__all__ = (
    "COMPONENT",
    "AccessKey",
    "AccessKeyId",
    "Change",
    "CloseTenant",
    "CreateTenant",
    "GracePeriodOver",
    "HostName",
    "HostRefTaken",
    "HostTaken",
    "IssuedKey",
    "IssuedTenant",
    "Observer",
    "SlugTaken",
    "SuspendTenant",
    "Tenant",
    "TenantId",
    "TenantPath",
    "TenantQuery",
    "TenantView",
    "UpdateTenant",
    "close_tenant",
    "create_tenant",
    "issue_first_key",
    "issue_key",
    "list_keys",
    "list_tenants",
    "read_own_tenant",
    "read_tenant",
    "reopen_tenant",
    "resume_tenant",
    "revoke_key",
    "rotate_key",
    "snapshot",
    "suspend_tenant",
    "update_tenant",
)
