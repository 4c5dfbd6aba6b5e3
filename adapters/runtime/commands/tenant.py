"""``tenant``: create, list, show and change tenants. It knows arguments and words; the use cases decide."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from kingpost.adapters.runtime import calls
from kingpost.adapters.runtime.calls import every, find_tenant, platform_context, unchanged
from kingpost.adapters.runtime.console import Console, cell
from kingpost.kernel.tenancy import (
    CloseTenant,
    CreateTenant,
    IssuedTenant,
    SuspendTenant,
    Tenant,
    TenantPath,
    TenantQuery,
    UpdateTenant,
    close_tenant,
    create_tenant,
    list_tenants,
    reopen_tenant,
    resume_tenant,
    suspend_tenant,
    update_tenant,
)

HELP = "create, list, show, change, suspend and close tenants"
_COLUMNS = ("id", "slug", "name", "plan", "status", "hosts")
_PAGE = 200
_STATUSES = ("active", "suspended", "closed")


def add(parser: ArgumentParser) -> None:
    """The arguments of the group."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", help="make a tenant and print its first key once")
    create.add_argument("slug", help="its short name, also a DNS label: acme")
    create.add_argument("name", help="its name: 'Acme Ltd'")
    update = verbs.add_parser("update", help="change a tenant; what is not named stays")
    update.add_argument("tenant", metavar="TENANT", help="id or slug")
    update.add_argument("--slug")
    update.add_argument("--name")
    for each in (create, update):
        each.add_argument("--plan")
        each.add_argument("--host", action="append", dest="hosts", metavar="HOST", help="a host name that selects it; may be repeated")
        each.add_argument("--host-ref", help="its key in the host application's own table")
    listed = verbs.add_parser("list", help="list tenants in the order of their creation")
    listed.add_argument("--status", choices=_STATUSES)
    _add_moves(verbs.add_parser)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="print JSON for programs")


def _add_moves(add_parser: Callable[..., ArgumentParser]) -> None:
    helps = {
        "show": "show one tenant",
        "suspend": "refuse everything to it until it is resumed",
        "resume": "let a suspended one go on",
        "close": "end it; it can be reopened during the grace period",
        "reopen": "bring a closed one back during its grace period",
    }
    parsers = {verb: add_parser(verb, help=text) for verb, text in helps.items()}
    for parser in parsers.values():
        parser.add_argument("tenant", metavar="TENANT", help="id or slug")
    for verb in ("suspend", "close"):
        parsers[verb].add_argument("--reason")
    parsers["close"].add_argument("--grace-days", type=int, metavar="DAYS")


def run(arguments: Namespace, console: Console) -> int:
    """Do what the verb says."""
    if arguments.verb == "create":
        _print_issued(console, console.run(_create(console, arguments)), as_json=arguments.json)
    elif arguments.verb == "list":
        console.show(console.run(_list(console, arguments)), _COLUMNS, as_json=arguments.json)
    else:
        tenant = console.run(_load(console, arguments) if arguments.verb == "show" else _change(console, arguments))
        _print_one(console, tenant, as_json=arguments.json)
    return 0


def _print_issued(console: Console, issued: IssuedTenant, *, as_json: bool) -> None:
    if as_json:
        console.show(({"tenant": _row(console, issued.tenant), "key": issued.key},), (), as_json=True)
        return
    _print_one(console, issued.tenant, as_json=False)
    console.say(f"key            {issued.key}")
    console.say("Keep the key: only a digest of it is stored, so it cannot be shown again.")


def _print_one(console: Console, tenant: Tenant, *, as_json: bool) -> None:
    row = _row(console, tenant)
    if as_json:
        console.show((row,), (), as_json=True)
        return
    for name, value in row.items():
        console.say(f"{name:14} {cell(value)}")


def _row(console: Console, tenant: Tenant) -> Mapping[str, object]:
    """The tenant as the API shows it."""
    view = console.kernel.registry.by_id["tenancy.tenants.read"].view
    row: Mapping[str, object] = msgspec.to_builtins(view(tenant) if view is not None else tenant)
    return row


async def _create(console: Console, arguments: Namespace) -> IssuedTenant:
    values = {
        "slug": arguments.slug,
        "name": arguments.name,
        "plan": arguments.plan,
        "hosts": arguments.hosts,
        "host_ref": arguments.host_ref,
    }
    body = calls.body(console.kernel, "tenancy.tenants.create", CreateTenant, values)
    async with platform_context(console.kernel, write=True) as context:
        return await create_tenant(context, body=body)


async def _list(console: Console, arguments: Namespace) -> list[Mapping[str, object]]:
    query = TenantQuery(limit=_PAGE) if arguments.status is None else TenantQuery(limit=_PAGE, status=arguments.status)
    async with platform_context(console.kernel, write=False) as context:
        tenants = every(lambda after: list_tenants(context, query=query, after=after))
        return [_row(console, tenant) async for tenant in tenants]


async def _load(console: Console, arguments: Namespace) -> Tenant:
    async with platform_context(console.kernel, write=False) as context:
        return await find_tenant(context, arguments.tenant)


async def _change(console: Console, arguments: Namespace) -> Tenant:
    """Load the tenant and change it in one unit of work."""
    change, inputs = _CHANGES[arguments.verb](console, arguments)
    async with platform_context(console.kernel, write=True) as context:
        tenant = await find_tenant(context, arguments.tenant)
        return await change(context, path=TenantPath(tenant_id=tenant.id), if_match=unchanged(tenant), **inputs)


Change = tuple[Callable[..., Awaitable[Tenant]], Mapping[str, Any]]


def _update(console: Console, arguments: Namespace) -> Change:
    values = {name: getattr(arguments, name) for name in ("slug", "name", "plan", "hosts", "host_ref")}
    return update_tenant, {"body": calls.body(console.kernel, "tenancy.tenants.update", UpdateTenant, values)}


def _suspend(console: Console, arguments: Namespace) -> Change:
    return suspend_tenant, {"body": calls.body(console.kernel, "tenancy.tenants.suspend", SuspendTenant, {"reason": arguments.reason})}


def _close(console: Console, arguments: Namespace) -> Change:
    values = {"reason": arguments.reason, "grace_days": arguments.grace_days}
    return close_tenant, {"body": calls.body(console.kernel, "tenancy.tenants.close", CloseTenant, values)}


def _resume(console: Console, arguments: Namespace) -> Change:  # noqa: ARG001  (one signature for every verb)
    return resume_tenant, {}


def _reopen(console: Console, arguments: Namespace) -> Change:  # noqa: ARG001  (one signature for every verb)
    return reopen_tenant, {}


_CHANGES: Mapping[str, Callable[[Console, Namespace], Change]] = {
    "update": _update,
    "suspend": _suspend,
    "close": _close,
    "resume": _resume,
    "reopen": _reopen,
}
