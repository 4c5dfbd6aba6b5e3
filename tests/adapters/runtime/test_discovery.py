"""Laws of finding components and deployments by name: what is not there is told with what to write instead."""

import sys
from pathlib import Path

import pytest

from examples import storefront
from kingpost.adapters.runtime import discovery
from kingpost.kernel import tenancy
from kingpost.kernel.errors import ConfigurationError


def test_components_are_found_by_name_and_by_import_path() -> None:
    """Kingpost's own need no path."""
    assert discovery.components(("tenancy", "examples.storefront")) == (tenancy.COMPONENT, storefront.COMPONENT)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tenacy", "did you mean 'tenancy'"),
        ("nothing_like_it", "Kingpost's own are"),
        ("examples.storefrnt", "no module 'examples.storefrnt'"),
        ("examples", "has no COMPONENT"),
        ("json", "has no COMPONENT"),
    ],
)
def test_a_component_that_is_not_there_is_told(name: str, told: str) -> None:
    """The message says what is missing and what to write."""
    with pytest.raises(ConfigurationError, match=told):
        discovery.components((name,))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import a_module_that_is_not_installed", "needs the module 'a_module_that_is_not_installed'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("COMPONENT = 'text'", "has no COMPONENT"),
    ],
)
def test_a_component_that_fails_to_import_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, told: str) -> None:
    """A failure inside a user's package is not taken for its absence."""
    (tmp_path / "broken_component.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with pytest.raises(ConfigurationError, match=told):
            discovery.components(("broken_component",))
    finally:
        sys.modules.pop("broken_component", None)


def test_a_deployment_that_is_not_installed_is_told() -> None:
    """The message is the command that installs it."""
    with pytest.raises(ConfigurationError, match=r"pip install 'kingpost\[flask\]'"):
        discovery.deployment("flask")
