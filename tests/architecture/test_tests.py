"""The tests keep the house style too: a law in one sentence, something asserted, named fakes. It reads syntax trees only."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.house import Function, dotted, functions, imported, place, sources, tree

CHECKING = re.compile(r"^(assert|expect|check|verify|law|raises|fail|run|warns|play|judge|call_command)")
MOCKS = {"unittest.mock", "mock", "freezegun", "pytest_mock"}
REAL_TIME = {"time.sleep", "asyncio.sleep", "anyio.sleep", "time.time", "datetime.now", "datetime.utcnow"}


def laws() -> list[tuple[str, Function]]:
    """Place and syntax of every test function."""
    return [
        (f"{place(path, function.lineno)} {function.name}", function)
        for path in sources("tests")
        if path.name.startswith("test_")
        for function in functions(tree(path))
        if function.name.startswith("test_")
    ]


def checks_something(function: Function) -> bool:
    """Whether a test asserts, expects an error, or calls something whose name says that it checks."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and CHECKING.match((dotted(node.func) or getattr(node.func, "attr", "")).split(".")[-1].lstrip("_")):
            return True
    return False


def test_every_test_states_its_law_in_one_sentence() -> None:
    """Every test has a docstring of one sentence."""
    silent = [name for name, function in laws() if not (ast.get_docstring(function) or "").strip().endswith(".")]
    assert not silent, f"say in one present-tense sentence what holds: {silent}"


def test_every_test_asserts_something() -> None:
    """No test passes whatever happens."""
    empty = [name for name, function in laws() if not checks_something(function)]
    assert not empty, f"assert something that can fail: {empty}"


def test_there_are_no_mocks() -> None:
    """Tests use named fakes, so that a port's contract is written once and not guessed in each test."""
    mocks = [
        f"{place(path, line)} {name}"
        for path in sources("tests")
        for line, name in imported(tree(path))
        if any(name == mock or name.startswith(f"{mock}.") for mock in MOCKS)
    ]
    assert not mocks, f"write a named fake: {mocks}"


def lets_others_run(call: ast.Call) -> bool:
    """Whether the call is ``sleep(0)``: no time passes, another task gets its turn."""
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def real_time(module: ast.Module) -> Iterator[int]:
    """Lines on which a module sleeps or reads the real clock."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ".".join(dotted(node.func).split(".")[-2:]) in REAL_TIME and not lets_others_run(node):
            yield node.lineno


def test_real_time_needs_a_reason() -> None:
    """A test that sleeps or reads the real clock says why on the same line."""
    bare = []
    for path in sources("tests"):
        lines = path.read_text(encoding="utf-8").splitlines()
        bare += [place(path, line) for line in real_time(tree(path)) if "#" not in lines[line - 1]]
    assert not bare, f"use the fake clock, or say on the line why real time is the subject: {bare}"
