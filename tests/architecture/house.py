"""Reads the source of the house for the tests beside it. It knows folders and syntax trees, and judges nothing."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kernel", "adapters", "conformance")
PRODUCT = ("kingpost", *PACKAGES, "examples", "benchmarks")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """Every Python file below the folders, in order; what tools write (migrations, caches) is left out."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if not is_generated(path)]
    return sorted(path for path in found if path.relative_to(ROOT).parts[:2] not in {("kingpost", name) for name in PACKAGES})


def is_generated(path: Path) -> bool:
    """Whether a tool wrote the file: bytecode caches, and the migrations that ``makemigrations`` writes."""
    return "__pycache__" in path.parts or (path.parent.name == "migrations" and path.name[:4].isdigit())


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(module: ast.Module) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported anywhere in a module: ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute access on names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def place(path: Path, line: int = 1) -> str:
    """``file:line`` as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{line}"
