"""``key``: issue, rotate, revoke and list static keys. It knows arguments and words; the use cases decide."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import timedelta

from kingpost.adapters.runtime.calls import every, find_tenant, platform_context
from kingpost.adapters.runtime.console import Console, duration
from kingpost.kernel.errors import NotFound
from kingpost.kernel.scalars import format_timestamp
from kingpost.kernel.tenancy import AccessKey, IssuedKey, issue_key, list_keys, revoke_key, rotate_key

HELP = "issue, rotate, revoke and list the keys of the platform and of tenants"
_COLUMNS = ("id", "key", "owner", "state", "created_at", "expires_at")
_PAGE = 200


def add(parser: ArgumentParser) -> None:
    """The arguments of the group."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    issue = verbs.add_parser("issue", help="make a further key and print it once")
    _add_owner(issue)
    issue.add_argument("--expires-in", type=duration, metavar="DURATION", help="how long it is valid: 30m, 24h, 90d (default: for ever)")
    rotate = verbs.add_parser("rotate", help="make a key in place of another, which stays valid for a while")
    rotate.add_argument("key", metavar="KEY_ID", help="id of the old key: key_...")
    rotate.add_argument(
        "--overlap", type=duration, default=timedelta(days=1), metavar="DURATION", help="how long the old key stays valid (default: 1d)"
    )
    revoke = verbs.add_parser("revoke", help="end a key now")
    revoke.add_argument("key", metavar="KEY_ID", help="id of the key: key_...")
    listed = verbs.add_parser("list", help="list keys; their secret part is not kept anywhere")
    _add_owner(listed)
    for each in (issue, rotate, listed):
        each.add_argument("--json", action="store_true", help="print JSON for programs")


def _add_owner(parser: ArgumentParser) -> None:
    owner = parser.add_mutually_exclusive_group(required=True)
    owner.add_argument("--platform", action="store_true", help="the platform's keys")
    owner.add_argument("--tenant", metavar="TENANT", help="the keys of this tenant (id or slug)")


def run(arguments: Namespace, console: Console) -> int:
    """Do what the verb says."""
    if arguments.verb == "issue":
        _print_issued(console, console.run(_issue(console, arguments)), as_json=arguments.json)
    elif arguments.verb == "rotate":
        _print_issued(console, console.run(_rotate(console, arguments)), as_json=arguments.json)
    elif arguments.verb == "revoke":
        console.run(_revoke(console, arguments))
        console.say(f"{arguments.key} is revoked; other processes notice within {console.kernel.policy.cache_seconds:g} s")
    else:
        console.show(console.run(_list(console, arguments)), _COLUMNS, as_json=arguments.json)
    return 0


def _print_issued(console: Console, issued: IssuedKey, *, as_json: bool) -> None:
    if as_json:
        console.show(({"id": issued.record.id, "key": issued.text},), (), as_json=True)
        return
    console.say(issued.text)
    console.say(f"This is {issued.record.id}. Keep the key: only a digest of it is stored, so it cannot be shown again.")


async def _issue(console: Console, arguments: Namespace) -> IssuedKey:
    async with platform_context(console.kernel, write=True) as context:
        tenant_id = None if arguments.platform else (await find_tenant(context, arguments.tenant)).id
        return await issue_key(context, tenant_id=tenant_id, lifetime=arguments.expires_in)


async def _rotate(console: Console, arguments: Namespace) -> IssuedKey:
    async with platform_context(console.kernel, write=True) as context:
        try:
            return await rotate_key(context, key=arguments.key, overlap=arguments.overlap)
        except NotFound:
            raise _no_such_key(arguments.key) from None


async def _revoke(console: Console, arguments: Namespace) -> None:
    async with platform_context(console.kernel, write=True) as context:
        try:
            await revoke_key(context, key=arguments.key)
        except NotFound:
            raise _no_such_key(arguments.key) from None


def _no_such_key(key: str) -> NotFound:
    shown = "that" if key.startswith("kp_") else ascii(key)  # a whole key, typed where its id belongs, is not repeated
    return NotFound(f"There is no key with the id {shown}; 'kingpost key list' shows the ids (key_...).")


async def _list(console: Console, arguments: Namespace) -> list[Mapping[str, object]]:
    async with platform_context(console.kernel, write=False) as context:
        tenant_id = None if arguments.platform else (await find_tenant(context, arguments.tenant)).id
        keys = every(lambda after: list_keys(context, tenant_id=tenant_id, after=after, limit=_PAGE))
        return [_row(console, key) async for key in keys]


def _row(console: Console, key: AccessKey) -> Mapping[str, object]:
    over = key.expires_at is not None and key.expires_at <= console.kernel.system.clock.now()
    return {
        "id": key.id,
        "key": f"kp_{'p' if key.tenant_id is None else 't'}_{key.key_id}...",
        "owner": key.tenant_id or "platform",
        "state": "ended" if over else "valid",
        "created_at": format_timestamp(key.created_at),
        "expires_at": None if key.expires_at is None else format_timestamp(key.expires_at),
    }
