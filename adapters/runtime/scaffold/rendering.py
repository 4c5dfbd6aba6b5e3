"""The files of a new component as texts. It knows the templates beside it, and how sorted imports look; it writes nothing."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from kingpost.kernel.errors import ConfigurationError

from .names import Names, substitutions

_SUFFIX = ".py.txt"
"""A template is no module: it would be found, typed and imported as one."""
_IMPORT = re.compile(r"^(from \S+ import )(.+)$", re.MULTILINE)
_SIGNATURE = re.compile(r"^((?:async )?def \w+\()(.*)(\) -> .*:)$", re.MULTILINE)
_DOOR = re.compile(r"^__all__ = \(\n(.*?)^\)$", re.MULTILINE | re.DOTALL)
_LONGEST_LINE = 140
_STRANGER = "Qwertyuiop"
"""A record that no template speaks of."""


def rendered(names: Names) -> dict[str, str]:
    """Path below the package's folder -> text. ``ConfigurationError`` where the record is called as something that the code names already."""
    taken = _words() & {names.record, names.thing, names.things, f"{names.thing}_id"}
    if taken:
        raise ConfigurationError(
            f"--record {names.record!r}: the code of every component names {min(taken)!r} already; choose another noun"
        )
    return dict(sorted(_rendered(names).items()))


def _rendered(names: Names) -> dict[str, str]:
    told = substitutions(names)
    return {
        _place(path, names): _formatted(Template(template.read_text(encoding="utf-8")).substitute(told)) for path, template in _templates()
    }


def _templates() -> Iterator[tuple[str, Traversable]]:
    def below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
        for each in folder.iterdir():
            if each.is_dir():
                yield from below(each, f"{path}{each.name}/")
            elif each.name.endswith(_SUFFIX):
                yield f"{path}{each.name.removesuffix(_SUFFIX)}.py", each

    yield from below(files(__package__) / "template", "")


def _place(path: str, names: Names) -> str:
    """Where the text of a template goes; two files are called after the component."""
    return {
        "alembic/0001.py": f"alembic/{names.component}_0001_{names.things}.py",
        "tests/test.py": f"tests/test_{names.component}.py",
    }.get(path, path)


def _formatted(text: str) -> str:
    """The text as ruff formats it, as far as that depends on the record's name: sorted imports and ``__all__``, long imports and signatures broken."""
    text = _IMPORT.sub(lambda found: _imports(found[1], sorted(found[2].split(", "), key=_rank)), text)
    text = _SIGNATURE.sub(lambda found: _broken(found[0], found.groups()), text)
    return _DOOR.sub(lambda found: f"__all__ = (\n{''.join(_by_name(found[1]))})", text)


def _imports(head: str, names: list[str]) -> str:
    return _broken(head + ", ".join(names), (f"{head}(", ",\n    ".join(names) + ",", ")"))


def _broken(line: str, parts: Sequence[str]) -> str:
    """The line, or three where it is too long for one: what opens, what is inside, what closes."""
    return line if len(line) <= _LONGEST_LINE else f"{parts[0]}\n    {parts[1]}\n{parts[2]}"


def _by_name(lines: str) -> list[str]:
    return sorted(lines.splitlines(keepends=True), key=lambda line: _rank(line.strip().strip('",')))


def _rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@cache
def _words() -> frozenset[str]:
    """Every name that the code of a component binds, reads or is called with, apart from those of its record."""
    sample = Names(component="qwertyuiop", package="qwertyuiop", record=_STRANGER, plural="qwertyuiops", prefix="qwe")
    found: set[str] = set()
    for node in (node for text in _rendered(sample).values() for node in ast.walk(ast.parse(text))):
        for field in ("id", "name", "arg", "asname"):
            said = getattr(node, field, None)
            found |= {said} if isinstance(said, str) else set()
    return frozenset(name for name in found if _STRANGER.lower() not in name.lower())
