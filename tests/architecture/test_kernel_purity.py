"""The kernel is pure: no framework, database, network, event loop, clock or randomness. It reads syntax trees and imports nothing."""

import ast

import pytest

from tests.architecture.house import dotted, imported, place, sources, tree

FORBIDDEN_IMPORTS = {
    *("litestar", "django", "ninja", "pydantic", "sqlalchemy", "alembic", "redis", "httpx", "requests", "urllib3"),
    *("asyncio", "anyio", "trio", "threading", "multiprocessing", "concurrent", "subprocess", "socket", "ssl", "selectors", "signal"),
    *("random", "secrets", "sqlite3", "psycopg", "asyncpg", "prometheus_client", "logging"),
    *("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.sleep"),
    *("os.environ", "os.getenv", "os.urandom", "uuid.uuid1", "uuid.uuid4"),
    *("urllib.request", "http.client", "importlib.metadata"),
}
FORBIDDEN_READS = FORBIDDEN_IMPORTS | {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval"}
OWN_ADAPTER = {
    "litestar": ("adapters/litestar_app/", "kingpost/testing/litestar.py"),
    "django": ("adapters/django_app/", "kingpost/testing/django.py"),
    "ninja": ("adapters/django_app/",),
    "redis": ("adapters/redis/",),
    "alembic": ("adapters/sql/", "adapters/runtime/", "conformance/specimen/alembic/"),  # a component's revisions lie with it
}


def is_forbidden(name: str, names: set[str]) -> bool:
    """Whether a dotted name is one of the names or lies below one."""
    parts = name.split(".")
    return any(".".join(parts[:count]) in names for count in range(1, len(parts) + 1))


def impurities(module: ast.Module) -> list[tuple[int, str]]:
    """Line and name of everything in a module that the kernel may not touch."""
    found = [(line, name) for line, name in imported(module) if is_forbidden(name, FORBIDDEN_IMPORTS)]
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and (name := dotted(node)):
            tail = ".".join(name.split(".")[-2:])
            if tail in FORBIDDEN_READS:
                found.append((node.lineno, tail))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            found.append((node.lineno, node.func.id))
    return found


def test_the_kernel_touches_nothing_outside_itself() -> None:
    """No file of the kernel imports, reads or calls what only a port may give it."""
    found = [f"{place(path, line)} {name}" for path in sources("kernel") for line, name in impurities(tree(path))]
    assert not found, f"take a port instead (DESIGN: system.py lists them): {found}"


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio",
        "import django.db",
        "from django.db import models",
        "from time import time",
        "from os import environ",
        "import random as dice",
        "def late():\n    import socket",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime\ndatetime.now(None)",
        "import time\ntime.time()",
        "import os\nos.environ['A']",
        "import uuid\nuuid.uuid4()",
        "open('file')",
    ],
)
def test_each_impurity_is_seen(source: str) -> None:
    """The check above bites: each way round the rule is found."""
    assert impurities(ast.parse(source))


@pytest.mark.parametrize(
    "source", ["import datetime", "from uuid import UUID", "import hashlib", "from datetime import datetime, UTC", "now = clock.now()"]
)
def test_pure_parts_of_the_standard_library_are_allowed(source: str) -> None:
    """What the kernel needs from the standard library passes."""
    assert not impurities(ast.parse(source))


def test_each_framework_stays_in_its_own_adapter() -> None:
    """A framework is imported by its own adapter only, so that an install without it works."""
    strays = []
    for path in sources("kingpost", "kernel", "adapters", "conformance"):
        for line, name in imported(tree(path)):
            homes = OWN_ADAPTER.get(name.split(".")[0])
            if homes and not place(path).startswith(homes):
                strays.append(f"{place(path, line)} {name}")
    assert not strays, f"move these into the adapter of their framework: {strays}"


def test_only_one_name_is_imported() -> None:
    """All code says ``kingpost.kernel``; nothing imports a folder by its bare name."""
    bare = [
        f"{place(path, line)} {name}"
        for path in sources("kingpost", "kernel", "adapters", "conformance", "examples", "benchmarks", "tests")
        for line, name in imported(tree(path))
        if name.split(".")[0] in {"kernel", "adapters", "conformance"}
    ]
    assert not bare, f"write kingpost.<folder>: {bare}"
