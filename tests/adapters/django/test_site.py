"""The standalone site, and what the URLs of Kingpost bring into a project: its operations and nothing else. It knows URL patterns."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLResolver

from kingpost.adapters import django_app
from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.deployment import DjangoDeployment
from kingpost.adapters.django_app.mount import FALLBACK, patterns
from kingpost.adapters.runtime import sources
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.errors import ConfigurationError

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


def test_the_site_passes_on_every_setting_that_the_kernel_obeys() -> None:
    """A setting of the process that Django's own settings left out would have no effect there."""
    source = Path(django_app.__path__[0], "site", "settings.py").read_text(encoding="utf-8")
    (passed,) = (
        {str(ast.literal_eval(key)) for key in node.value.keys if key is not None}
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and ast.unparse(node.targets[0]) == "KINGPOST"
    )
    of_projects = {"PEOPLE", "TRUSTED_ORIGINS", "MIRROR_SECONDS"}  # the site refuses to keep people
    of_others = {"DATABASE", "COMPONENTS", *configuration._ELSEWHERE, "PREPARE", *of_projects}
    assert passed == {name.upper() for name in sources.READERS} - of_others


def test_the_site_alone_keeps_no_people() -> None:
    """A project has a site of its own, whose settings say who its people are; nobody is shut out in silence."""
    settings = Settings(people="host")
    with pytest.raises(ConfigurationError, match="kingpost serve"):
        DjangoDeployment().run(settings=settings, bind=settings.bind, server="gunicorn", workers=1)
