"""The standalone site, and what the URLs of Kingpost bring into a project: its operations and nothing else. It knows URL patterns."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLResolver

from kingpost.adapters import django_app
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.mount import FALLBACK, patterns

pytestmark = pytest.mark.usefixtures("migrated")


def flattened(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str | None, str]]:
    """Name and path of every pattern, groups resolved."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from flattened(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield pattern.name, "/" + before + str(pattern.pattern).replace("<str:", "{").replace("<", "{").replace(">", "}")


def test_nothing_is_routed_but_the_operations() -> None:
    """Every pattern is a path of the registry under the name of one of its operations, and the fallback comes last: no page of Ninja's."""
    registry = kernel().registry
    *routed, last = flattened(patterns(kernel))
    assert last == (FALLBACK, "/")
    assert {path for _, path in routed} == set(registry.paths)
    assert {name for name, path in routed if registry.by_id[str(name)].path != path} == set()
    assert {name for name, _ in routed} == set(registry.by_id)


def test_the_site_has_no_middleware_and_no_debug() -> None:
    """Byte parity is claimed for an empty MIDDLEWARE; DEBUG and redirects to a slash are off."""
    source = Path(django_app.__path__[0], "site", "settings.py").read_text(encoding="utf-8")
    assigned = {
        target.id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    wanted = {"MIDDLEWARE": [], "DEBUG": False, "APPEND_SLASH": False}
    assert {name: ast.literal_eval(assigned[name]) for name in wanted} == wanted
