"""The source of a component as it lies in its folder: files, door, raised conditions, required permissions. It knows syntax trees and imports nothing of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

COMPONENT_FILES: Final = frozenset({"__init__.py", "model.py", "records.py", "ports.py", "usecases.py", "api.py"})
"""What a component is made of; an empty one is left out."""
HOST_FILES: Final = frozenset({"alembic/", "apps.py", "cases.py", "migrations/", "models.py", "tests/", "tests.py"})
"""What Alembic, Django, the conformance kit and the tests look for beside it."""
EXTRA_FILES: Final = re.compile(r"^extra files:(.*)$", re.IGNORECASE | re.MULTILINE)
"""The line of a door that names a seventh file, and why it is there."""


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def strangers(door: Path, allowed: frozenset[str] = COMPONENT_FILES) -> Iterator[Path]:
    """The files and folders beside the door that are neither allowed nor named on its line ``Extra files:``."""
    reason = EXTRA_FILES.search(ast.get_docstring(tree(door)) or "")
    known = allowed | set(re.findall(r"\w+\.py|\w+/", reason.group(1) if reason else "")) | {"__pycache__/"}
    for path in sorted(door.parent.iterdir()):
        if (f"{path.name}/" if path.is_dir() else path.name) not in known:
            yield path


def top_level(module: ast.Module) -> Iterator[ast.stmt]:
    """The statements of a door, those under ``if TYPE_CHECKING`` too: names that are loaded only when asked for are named there."""
    for node in module.body:
        yield node
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from node.body


def bound_names(module: ast.Module) -> tuple[set[str], set[str]]:
    """Public names that a door imports, and public names that it defines itself."""
    brought: set[str] = set()
    defined: set[str] = set()
    for node in top_level(module):
        if isinstance(node, ast.ImportFrom):
            brought |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined.add(node.target.id)
    return {name for name in brought if name[0] != "_"}, {name for name in defined if name[0] != "_"}


def used_names(module: ast.Module) -> set[str]:
    """Names that a door reads itself: what it imports for its own work need not be passed on."""
    return {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def exported(module: ast.Module) -> list[str] | None:
    """The names in ``__all__``; None where a door has none."""
    for node in module.body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def door_faults(module: ast.Module) -> Iterator[str]:
    """What the door's ``__all__`` lacks, has twice, or names in vain."""
    listed = [name for name in exported(module) or [] if not name.startswith("__")]
    brought, defined = bound_names(module)
    unlisted = (defined | (brought - used_names(module))) - set(listed)
    if unlisted:
        yield f"__all__ lacks {', '.join(sorted(unlisted))}; add them, or give them a name that begins with _"
    if unbound := set(listed) - defined - brought:
        yield f"__all__ names {', '.join(sorted(unbound))}, which is nothing here; take them out"
    if twice := {name for name in listed if listed.count(name) > 1}:
        yield f"__all__ names {', '.join(sorted(twice))} twice; once is enough"


def raised(function: ast.AsyncFunctionDef | ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """Line and name of everything that the function raises by a plain name: ``raise NotFound`` and ``raise NotFound(...)``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Raise):
            thrown = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(thrown, ast.Name):
                yield node.lineno, thrown.id


def functions_from(name: str, module: ast.Module) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """The function of that name and those of the same module that it calls, and so on."""
    there = {node.name: node for node in module.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
    waiting, seen = [name], set[str]()
    while waiting:
        current = waiting.pop()
        if current in there and current not in seen:
            seen.add(current)
            yield there[current]
            waiting += [node.func.id for node in ast.walk(there[current]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]


def required(module: ast.Module) -> Iterator[ast.expr]:
    """What is given to ``context.require(...)`` and ``principal.allows(...)`` anywhere in a module."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("require", "allows") and node.args:
            yield node.args[0]
