"""What holds for every operation by its declaration: who may ask it, what cannot be sent, which methods and paths it has. It knows no operation by name."""

from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from kingpost.conformance.asking import ANY, asked, body_of, path_ids, path_of
from kingpost.conformance.cases.case import Step
from kingpost.conformance.cases.player import SECRET_OF_THE_INSIDE, Unforeseen, curl, exchange_of
from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.parity import comparable
from kingpost.conformance.target import Capability, Exchange, Reply
from kingpost.conformance.world import World
from kingpost.kernel.errors import KernelError, Timeout, Unavailable
from kingpost.kernel.operations import Operation

from .plans import STALE
from .probing import require_unchanged, state
from .rows import grounds, own_path

FORGED = {"tenant_id": "ten_01h455vb4pex5vsknk084sn02q", "id": "x", "version": 7, "created_at": "2026-01-01T00:00:00Z", "is_staff": True}
"""Fields that the server owns, or that other systems have."""
MALFORMED = "PRD_'%20OR%201=1"
"""What is no id."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
PORT_CALLS = ("get", "find", "ask", "insert", "replace", "remove")

Rule = Callable[["Asker", Operation], int]
"""Tries it and returns the number of requests; ``AssertionError`` where it does not hold."""


class Asker:
    """Asks the target of an arena, and remembers the last request for what it says when something is wrong."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.names: World = grounds(arena)
        self._last: Exchange | None = None

    def ask(self, step: Step) -> Reply:
        """The reply."""
        self._last = exchange_of(step, self.names, request_id="isolation")
        return self.arena.target.send(self._last)

    def require(self, holds: object, otherwise: object) -> None:
        """Go on only if it holds."""
        if not holds:
            raise AssertionError(f"{otherwise}\n{curl(self._last) if self._last else ''}")

    def refused(self, steps: list[Step], status: int, code: str) -> int:
        """All are refused with this status and code, and with the same bytes."""
        first: Reply | None = None
        for step in steps:
            reply = self.ask(step)
            first = first or reply
            self.require((reply.status, _code(reply)) == (status, code), f"expected {status} {code}, got {reply.status} {reply.body!r}")
            self.require(comparable(reply) == comparable(first), f"differs from the first answer: {first} and {reply}")
        return len(steps)


def _code(reply: Reply) -> object:
    return reply.json().get("code") if reply.body.startswith(b"{") else None


def _pointers(reply: Reply) -> list[str]:
    return [str(error["pointer"]) for error in msgspec.convert(reply.json().get("errors", []), list[dict[str, object]])]


def key_for(operation: Operation) -> str:
    """The credential that the operation wants."""
    return "platform.key" if operation.scope == "platform" else "a.key"


def _paths(operation: Operation) -> tuple[str, ...]:
    """The path about A's rows, B's, those of nobody, and with something that is no id."""
    if not any(path_ids(operation)):
        return (own_path(operation, "a"),)
    prefixes = path_ids(operation)
    absent = path_of(operation, tuple("nonce" if prefix is None else f"<absent.{prefix}>" for prefix in prefixes))
    return own_path(operation, "a"), own_path(operation, "b"), absent, path_of(operation, (MALFORMED,) * len(prefixes))


def malformed_is_absent(asker: Asker, operation: Operation) -> int:
    """Compare the two."""
    _, _, absent, malformed = _paths(operation)
    replies = [asker.ask(asked(operation, path, key=key_for(operation), etag=STALE)) for path in (absent, malformed)]
    asker.require(comparable(replies[0]) == comparable(replies[1]), f"an absent id and a malformed one are told apart: {replies}")
    return 2


def _blind(operation: Operation, key: str | None) -> list[Step]:
    """Requests by somebody who may not ask at all, about everything there is and is not, well-formed and not."""
    steps = [asked(operation, path, key=key, etag=STALE) for path in _paths(operation)]
    return [*steps, asked(operation, own_path(operation, "a"), key=key, body=b"{")]


def state_is_refused(asker: Asker, operation: Operation) -> int:
    """Ask as both."""
    return sum(asker.refused(_blind(operation, f"{kind}.key"), 403, f"tenant-{kind}") for kind in ("suspended", "closed"))


def platform_is_closed(asker: Asker, operation: Operation) -> int:
    """Ask as tenants in every state."""
    steps = [step for key in ("a.key", "empty.key", "suspended.key", "closed.key") for step in _blind(operation, key)]
    return asker.refused(steps, 403, "platform-only")


def tenant_is_required(asker: Asker, operation: Operation) -> int:
    """Ask as the platform, with and without the header."""
    own = own_path(operation, "a")
    named = (("tenant", "<a.id>"),)
    steps = [*_blind(operation, "platform.key"), asked(operation, own, key="platform.key", etag=STALE, headers=named)]
    return asker.refused(steps, 403, "tenant-required")


def nobody_is_refused(asker: Asker, operation: Operation) -> int:
    """Ask without a credential, and with a text that is none."""
    count = sum(asker.refused(_blind(operation, key), 401, "unauthenticated") for key in (None, "absent.ten"))
    challenge = asker.ask(_blind(operation, None)[0]).one("www-authenticate") or ""
    asker.require(challenge.startswith("Bearer"), f"no challenge: {challenge!r}")
    return count + 1


def other_tenant_is_refused(asker: Asker, operation: Operation) -> int:
    """Name others, by id and slug, and nobody."""
    own = own_path(operation, "a")
    values = ("<b.id>", "<b.slug>", "<absent.ten>", "<absent.slug>", "")
    steps = [asked(operation, own, key=key_for(operation), etag=STALE, headers=(("tenant", value),)) for value in values]
    return asker.refused(steps, 403, "tenant-mismatch")


def forged_is_refused(asker: Asker, operation: Operation) -> int:
    """Send them all."""
    body = msgspec.json.encode({**body_of(operation), **FORGED})
    reply = asker.ask(asked(operation, own_path(operation, "a"), key=key_for(operation), body=body, etag=STALE))
    told = (reply.status, _code(reply), _pointers(reply))
    asker.require(told == (422, "invalid", [f"/{name}" for name in FORGED]), f"got {told}")
    return 1


def undeclared_is_refused(asker: Asker, operation: Operation) -> int:
    """Send one beside a complete request."""
    path = own_path(operation, "a")
    reply = asker.ask(asked(operation, f"{path}?tenant_id=<a.id>", key=key_for(operation), etag=STALE))
    told = (reply.status, _pointers(reply))
    asker.require(told == (422, ["query:tenant_id"]), f"got {told}")
    return 1


def methods_are_known(asker: Asker, operation: Operation) -> int:
    """OPTIONS, then every method that it does not list."""
    path = own_path(operation, "a")
    options = asker.ask(Step(method="OPTIONS", target=path, key=None, expect=ANY))
    allow = options.one("allow") or ""
    methods = allow.split(", ")
    asker.require(options.status == 204 and methods == sorted(methods), f"OPTIONS: {options.status}, Allow: {allow}")
    asker.require({operation.method, "OPTIONS"} <= set(methods) and ("HEAD" in methods) == ("GET" in methods), f"Allow: {allow}")
    others = [method for method in METHODS if method not in methods]
    for method in others:
        reply = asker.ask(Step(method=method, target=path, key=None, expect=ANY))
        asker.require((reply.status, reply.one("allow")) == (405, allow), f"{method}: {reply.status}, Allow: {reply.one('allow')}")
    return 1 + len(others)


def path_is_exact(asker: Asker, operation: Operation) -> int:
    """Ask for its neighbours."""
    others = list(_neighbours(own_path(operation, "a")))
    for path in others:
        reply = asker.ask(Step(method=operation.method, target=path, key=None, expect=ANY))
        asker.require((reply.status, _code(reply)) == (404, "not-found"), f"{path}: {reply.status}")
    return len(others)


def _neighbours(path: str) -> Iterator[str]:
    first, slash, rest = path[1:].partition("/")
    yield from (f"{path}/", f"/{path}", f"/{first.upper()}{slash}{rest}", f"/{first};a=b{slash}{rest}", f"/./{first}{slash}{rest}")


def unforeseen_tells_nothing(asker: Asker, operation: Operation) -> int:
    """Let every call of the store fail."""
    reply = _failing(asker, operation, lambda: Unforeseen(SECRET_OF_THE_INSIDE))
    asker.require((reply.status, _code(reply)) == (500, "internal-error"), f"got {reply.status}")
    asker.require(set(reply.json()) == {"type", "title", "status", "detail", "code", "request_id"}, f"got {reply.body!r}")
    text = f"{reply.headers}{reply.body!r}"
    asker.require(SECRET_OF_THE_INSIDE not in text and Unforeseen.__name__ not in text, f"the inside shows: {text}")
    return 1


def unavailable_is_told(asker: Asker, operation: Operation) -> int:
    """Let the store be away, then too slow."""
    conditions: tuple[type[KernelError], ...] = (Unavailable, Timeout)
    for condition in conditions:
        reply = _failing(asker, operation, condition)
        told = (reply.status, _code(reply), reply.one("retry-after"))
        asker.require(told == (503, condition.code, "1"), f"got {told}")
    return len(conditions)


def _failing(asker: Asker, operation: Operation, error: Callable[[], BaseException]) -> Reply:
    """The reply while the store fails at the first call, whichever that is; then the world is made again."""
    door = asker.arena.target.door
    if door is None:
        raise AssertionError("a target with the capability back-door has a door")
    asker.names = grounds(asker.arena)
    before = [door.rows(record) for record in asker.arena.kit.records]
    for call in PORT_CALLS:
        door.fail_next(call, error())
    asker.arena.spoil()
    reply = asker.ask(asked(operation, own_path(operation, "a"), key=key_for(operation), etag=STALE))
    asker.require([door.rows(record) for record in asker.arena.kit.records] == before, "a failed request has changed what is stored")
    return reply


class Law(Struct, frozen=True, kw_only=True):
    """A rule, for which operations it is, and how it is told."""

    name: str
    law: str
    rule: Rule
    concerns: Callable[[Operation], bool]
    needs: frozenset[Capability] = frozenset()


def _is_closed(operation: Operation) -> bool:
    return operation.scope != "public"


_DOOR = frozenset({Capability.BACK_DOOR})

LAWS = (
    Law(
        name="malformed-path",
        law="A malformed id in the path is answered like one that never was.",
        rule=malformed_is_absent,
        concerns=lambda operation: _is_closed(operation) and any(path_ids(operation)),
    ),
    Law(
        name="state",
        law="A suspended and a closed tenant are refused with a code of their own, before anything else of the request is looked at.",
        rule=state_is_refused,
        concerns=lambda operation: operation.scope == "tenant",
    ),
    Law(
        name="platform-only",
        law="A path of the platform is closed to every tenant with one answer, whatever the id and whatever the state of the tenant.",
        rule=platform_is_closed,
        concerns=lambda operation: operation.scope == "platform",
    ),
    Law(
        name="tenant-required",
        law="A tenant's path is closed to the platform's credential, with a Tenant header too.",
        rule=tenant_is_required,
        concerns=lambda operation: operation.scope == "tenant",
    ),
    Law(
        name="nobody",
        law="Without a credential, and with a wrong one, the answer is 401 with a challenge, whatever is asked.",
        rule=nobody_is_refused,
        concerns=_is_closed,
    ),
    Law(
        name="tenant-mismatch",
        law="The header Tenant must agree: another tenant, by id and by slug, and one that is not there are refused alike.",
        rule=other_tenant_is_refused,
        concerns=_is_closed,
    ),
    Law(
        name="forged-fields",
        law="Fields that the server owns cannot be sent: each is named in a 422.",
        rule=forged_is_refused,
        concerns=lambda operation: operation.body is not None,
    ),
    Law(
        name="undeclared-parameter",
        law="A parameter that is not declared is refused with its name.",
        rule=undeclared_is_refused,
        concerns=_is_closed,
    ),
    Law(
        name="methods",
        law="OPTIONS needs no credential and lists HEAD where there is GET; every other method is 405 with the same sorted Allow.",
        rule=methods_are_known,
        concerns=lambda _: True,
    ),
    Law(
        name="exact-path",
        law="A slash more, a doubled one, another case and a matrix parameter are other paths: 404 without a redirect, before authentication.",
        rule=path_is_exact,
        concerns=lambda _: True,
    ),
    Law(
        name="unforeseen",
        law="An unforeseen error of the store is a 500 that tells nothing of the inside, and every row is as it was.",
        rule=unforeseen_tells_nothing,
        concerns=_is_closed,
        needs=_DOOR,
    ),
    Law(
        name="unavailable",
        law="A store that cannot answer is a 503 that says when to come back, and every row is as it was.",
        rule=unavailable_is_told,
        concerns=_is_closed,
        needs=_DOOR,
    ),
)


def of_every_operation(kit: Kit) -> Iterator[Check]:
    """Each law for each operation that it concerns."""
    for told in LAWS:
        for operation in filter(told.concerns, kit.operations):
            yield Check(
                id=f"isolation.{told.name}.{operation.id}",
                component="isolation",
                law=f"{operation.method} {operation.path}: {told.law}",
                run=_tried(told.rule, operation),
                needs=told.needs,
            )


def _tried(rule: Rule, operation: Operation) -> Callable[[Arena], str]:
    def run(arena: Arena) -> str:
        asker = Asker(arena)
        before = state(arena, asker.names)
        count = rule(asker, operation)
        asker.names = grounds(arena)
        require_unchanged(arena, asker.names, before)
        return f"{count} requests"

    return run
