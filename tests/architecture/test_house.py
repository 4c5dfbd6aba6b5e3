"""The house style that a machine can check: sizes, names, docstrings, doors. It knows source text and imports nothing of Kingpost."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import PRODUCT, ROOT, functions, place, sources, tree

FILE_LINES = 350
FUNCTION_LINES = 50
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
COMPONENT_FILES = {"__init__.py", "model.py", "records.py", "ports.py", "usecases.py", "api.py"}
EXTRA_FILES = re.compile(r"^extra files:(.*)$", re.IGNORECASE | re.MULTILINE)


def has_code(path: Path) -> bool:
    """Whether the file holds anything at all; an empty door has nothing to say."""
    return bool(path.read_text(encoding="utf-8").strip())


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


def test_every_file_opens_by_saying_what_it_knows() -> None:
    """Every file that holds code opens with a docstring whose first paragraph is a sentence."""
    silent = []
    for path in sources(*PRODUCT, "tests", ".ci"):
        opening = (ast.get_docstring(tree(path)) or "").split("\n\n", 1)[0].strip()
        if has_code(path) and not opening.endswith((".", ":", "!", "?")):
            silent.append(place(path))
    assert not silent, f"open these files with one sentence, what they know and what they must not know: {silent}"


def test_files_stay_small() -> None:
    """No file of the product is longer than 350 lines."""
    long = {place(path): size for path in sources(*PRODUCT) if (size := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES}
    assert not long, f"split these files by what they know: {long}"


def test_functions_stay_small() -> None:
    """No function of the product is longer than 50 lines."""
    long = [
        f"{place(path, function.lineno)} {function.name}: {size} lines"
        for path in sources(*PRODUCT)
        for function in functions(tree(path))
        if (size := (function.end_lineno or function.lineno) - function.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, f"find the smaller functions in these: {long}"


def test_no_module_is_named_for_nothing() -> None:
    """No file or folder has a name that says nothing of what is in it."""
    vague = {
        place(path)
        for path in sources(*PRODUCT)
        if FORBIDDEN_NAMES & {path.stem.strip("_"), *(part.strip("_") for part in path.relative_to(ROOT).parent.parts)}
    }
    assert not vague, f"name these for what they know: {sorted(vague)}"


def test_a_component_has_its_six_files_and_no_seventh() -> None:
    """A component folder holds only the six files, unless the line ``Extra files:`` of its door names the others."""
    strangers = []
    for door in sorted((ROOT / "kernel").glob("*/__init__.py")):
        reason = EXTRA_FILES.search(ast.get_docstring(tree(door)) or "")
        allowed = COMPONENT_FILES | set(re.findall(r"\w+\.py|\w+/", reason.group(1) if reason else ""))
        for path in door.parent.iterdir():
            name = f"{path.name}/" if path.is_dir() else path.name
            if name not in allowed | {"__pycache__/"}:
                strangers.append(place(path))
    assert not strangers, f"move these, or say why in the door's docstring on a line 'Extra files: name.py, because ...': {strangers}"


def test_every_folder_of_the_kernel_is_a_component_with_a_door() -> None:
    """No folder below the kernel lacks its door, or it would be missing from the wheel."""
    folders = [path for path in (ROOT / "kernel").iterdir() if path.is_dir() and path.name != "__pycache__" and any(path.glob("*.py"))]
    doorless = [place(path) for path in folders if not (path / "__init__.py").exists()]
    assert not doorless, f"add __init__.py to {doorless}"


def test_every_door_lists_all_its_public_names() -> None:
    """A door lists in ``__all__`` all that it defines and passes on, once, and nothing that it does not bind."""
    wrong = []
    for path in sources(*PRODUCT):
        if path.name != "__init__.py":
            continue
        module = tree(path)
        listed = [name for name in exported(module) or [] if not name.startswith("__")]
        brought, defined = bound_names(module)
        unlisted = (defined | (brought - used_names(module))) - set(listed)
        unbound = set(listed) - defined - brought
        if unlisted or unbound or len(listed) != len(set(listed)):
            wrong.append(f"{place(path)} unlisted {sorted(unlisted)}, unbound {sorted(unbound)}, listed {listed}")
    assert not wrong, "\n".join(wrong)
