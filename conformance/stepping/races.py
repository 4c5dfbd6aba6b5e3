"""Which requests are held against each other: every pair and some triples from the registry, in every scene that makes a difference. It knows no operation."""

from collections.abc import Iterator
from itertools import product

from kingpost.kernel.operations import Operation

from .laws import Program, status_of, told
from .requests import Asked, Cast, changes
from .stage import Scene


def scenes(cast: Cast) -> tuple[Scene, ...]:
    """Where programs begin: the world, and what each changing operation makes of it, as far as the operations answer otherwise there."""
    found: dict[tuple[str, ...], Scene] = {}
    changing = [operation for operation in cast.operations if changes(operation)]
    for operation in (None, *changing):
        cast.stage.begin(cast.scene)
        if operation is not None and cast.stage.ask(cast.ask(operation).request).status >= 300:
            continue
        scene = cast.stage.keep()
        found.setdefault(_answers(cast, scene, changing), scene)
    return tuple(found.values())


def _answers(cast: Cast, scene: Scene, changing: list[Operation]) -> tuple[str, ...]:
    """What each operation answers there, alone."""
    return tuple(answer if (answer := _answer(cast, scene, operation)).startswith("4") else "2" for operation in changing)


def _answer(cast: Cast, scene: Scene, operation: Operation) -> str:
    cast.stage.begin(scene)
    return told(cast.stage.ask(cast.ask(operation).request))


def races(cast: Cast, operation: Operation, begin: tuple[Scene, ...]) -> Iterator[Program]:
    """The operation against itself, against those behind it in the registry, and against those that read; twice against itself as well."""
    behind = cast.operations[cast.operations.index(operation) :]
    partners = [other for other in cast.operations if other in behind or not changes(other)]
    for scene in begin:
        cast.stage.begin(scene)
        mine = cast.variants(operation)
        others = tuple(asked for partner in partners for asked in cast.variants(partner))
        can = {id(asked): _is_possible(cast, scene, asked) for asked in (*mine, *others)}
        for one, other in product(mine, others):
            if can[id(one)] or (can[id(other)] and changes(other.operation)):
                yield Program(scene=scene, asked=(one, other))
        for one in mine:
            if can[id(one)]:
                yield Program(scene=scene, asked=(one, one, one))


def _is_possible(cast: Cast, scene: Scene, asked: Asked) -> bool:
    cast.stage.begin(scene)
    return (status_of(cast.stage.ask(asked.request, "0")) or 500) < 300
