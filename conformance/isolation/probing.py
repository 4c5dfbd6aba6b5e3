"""Sends probes and judges them: two requests, one answer, nothing of B in it, and every row as it was. It knows no operation by name."""

from collections.abc import Mapping

from kingpost.conformance.asking import asked
from kingpost.conformance.cases.case import Step
from kingpost.conformance.cases.player import curl, exchange_of
from kingpost.conformance.check import Arena, Skipped
from kingpost.conformance.parity import comparable
from kingpost.conformance.target import Exchange, Reply, Target
from kingpost.conformance.world import World

from .plans import Plan, Probe, cursor_name
from .rows import grounds, own_path, secrets_of_b

State = tuple[object, ...]


def probe(arena: Arena, plan: Plan, probes: tuple[Probe, ...]) -> str:
    """Try these probes of the plan; a note with their number."""
    names = {**grounds(arena), **_cursors(arena, plan)}
    before, known = state(arena, names), dict[Exchange, Reply]()
    try:
        for each in probes:
            _hold(arena.target, each, names, known)
        require_unchanged(arena, names, before)
    except AssertionError:
        arena.spoil()
        raise
    return f"{len(probes)} probes"


def _hold(target: Target, probe: Probe, names: World, known: dict[Exchange, Reply]) -> None:
    absent, foreign = (exchange(probe.step, names, meant) for meant in (probe.absent, probe.foreign))
    expected = known[absent] = known[absent] if absent in known else target.send(absent)
    got = target.send(foreign)
    if comparable(got) != comparable(expected):
        raise AssertionError(
            f"what is B's is answered differently from what never was:\n{_shown(expected)}\n{_shown(got)}\n{_script(absent, foreign)}"
        )
    if got.status >= 500:
        raise AssertionError(f"a failure of the server: {_shown(got)}\n{_script(absent, foreign)}")
    require_nothing_of_b(got, names, foreign)


def exchange(step: Step, names: World, meant: Mapping[str, str]) -> Exchange:
    """The request of a probe about what is meant."""
    chosen = {name: names[value] for name, value in meant.items()}
    return exchange_of(step, {**names, **chosen}, request_id="isolation")


def require_nothing_of_b(reply: Reply, names: World, sent: Exchange) -> None:
    """``AssertionError`` where the reply holds what only B may know."""
    text = f"{reply.headers}{reply.body.decode('latin-1')}"
    for secret in secrets_of_b(names):
        if secret in text:
            raise AssertionError(f"the reply holds {secret!r}, which is B's: {_shown(reply)}\n{curl(sent)}")


def _script(*exchanges: Exchange) -> str:
    return "\n".join(map(curl, exchanges))


def state(arena: Arena, names: World) -> State:
    """Every row, through the back door; without one what B sees of its own."""
    door = arena.target.door
    if door is not None:
        return tuple(door.rows(record) for record in arena.kit.records)
    readers = (operation for operation in arena.kit.operations if operation.scope == "tenant" and operation.method == "GET")
    steps = (asked(operation, own_path(operation, "b"), key="b.key") for operation in readers)
    return tuple(comparable(arena.target.send(exchange_of(step, names, request_id="state"))) for step in steps)


def require_unchanged(arena: Arena, names: World, before: State) -> None:
    """``AssertionError`` where a row is not as it was."""
    for was, is_ in zip(before, state(arena, names), strict=True):
        if was != is_:
            raise AssertionError(f"a refused request has changed what is stored: it was\n  {was}\nand is\n  {is_}")


def _cursors(arena: Arena, plan: Plan) -> World:
    """A cursor that B gets from the list, and one like it that nobody got."""
    if plan.channel != "cursor":
        return {}
    name, names = cursor_name(plan.operation), grounds(arena)
    step = asked(plan.operation, f"{own_path(plan.operation, 'b')}?limit=1", key="b.key")
    cursor = arena.target.send(exchange_of(step, names, request_id="cursor")).json().get("next_cursor")
    if not isinstance(cursor, str):
        raise Skipped("the list of B has no second page, so there is no cursor to take")
    forged = ("B" if cursor.startswith("A") else "A") + cursor[1:]
    return {name: cursor, f"absent.{name}": forged}


def _shown(reply: Reply) -> str:
    return f"{reply.status} {dict(reply.headers)} {reply.body!r}"
