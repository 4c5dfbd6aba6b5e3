"""Refuses a coverage measurement that measured nothing. It knows coverage's JSON and counts statements itself."""

import ast
import json
import sys
from pathlib import Path

FOLDERS = ("kernel", "adapters", "conformance")
SHARE = 0.7  # coverage leaves out docstrings, ports' bodies and what only type checkers read; the rest must be there


def statements() -> int:
    """How many statements the three folders hold, docstrings aside."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for folder in FOLDERS for path in Path(folder).rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.stmt))
    return sum(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in nodes)


def verdict(measured: int, present: int) -> str | None:
    """What is wrong with a measurement of so many statements; None if nothing is."""
    if measured < present * SHARE:
        return f"coverage measured {measured} statements of {present}: its source must be the folders {', '.join(FOLDERS)}"
    return None


if __name__ == "__main__":
    total = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]["num_statements"]
    print(f"coverage measured {total} statements")
    sys.exit(verdict(total, statements()))
