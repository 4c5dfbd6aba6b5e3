"""The house style that a machine can check: sizes, names, docstrings, doors. It knows source text; what a component's is, it asks the laws for components."""

import ast
from pathlib import Path

from kingpost.testing.sources import door_faults, strangers
from tests.architecture.house import PRODUCT, ROOT, functions, place, sources, tree

FILE_LINES = 350
FUNCTION_LINES = 50
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}


def has_code(path: Path) -> bool:
    """Whether the file holds anything at all; an empty door has nothing to say."""
    return bool(path.read_text(encoding="utf-8").strip())


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
    doors = sorted((ROOT / "kernel").glob("*/__init__.py"))
    found = [place(path) for door in doors for path in strangers(door)]
    assert not found, f"move these, or say why in the door's docstring on a line 'Extra files: name.py, because ...': {found}"


def test_every_folder_of_the_kernel_is_a_component_with_a_door() -> None:
    """No folder below the kernel lacks its door, or it would be missing from the wheel."""
    folders = [path for path in (ROOT / "kernel").iterdir() if path.is_dir() and path.name != "__pycache__" and any(path.glob("*.py"))]
    doorless = [place(path) for path in folders if not (path / "__init__.py").exists()]
    assert not doorless, f"add __init__.py to {doorless}"


def test_every_door_lists_all_its_public_names() -> None:
    """A door lists in ``__all__`` all that it defines and passes on, once, and nothing that it does not bind."""
    doors = [path for path in sources(*PRODUCT) if path.name == "__init__.py"]
    wrong = [f"{place(path)} {fault}" for path in doors for fault in door_faults(tree(path))]
    assert not wrong, "\n".join(wrong)
