"""The fixtures of ``kingpost.testing`` in pytest. Every run loads this file, so it imports nothing but pytest until a fixture is used."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kingpost.kernel.component import Component
    from kingpost.testing.django import ProjectBench
    from kingpost.testing.workbench import Workbench


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one setting, for ``pyproject.toml``: ``kingpost_components = ["helpdesk"]``."""
    parser.addini("kingpost_components", "components of the fixture 'kingpost', by the names of their packages", type="args", default=[])


@pytest.fixture(scope="session")
def kingpost_components(pytestconfig: pytest.Config) -> "tuple[Component, ...]":
    """The components that the fixture ``kingpost`` has: those of the setting. Override it to name others."""
    from kingpost.adapters.runtime.discovery import components

    return components(pytestconfig.getini("kingpost_components"))


@pytest.fixture(scope="session")
def kingpost_settings() -> Mapping[str, Any]:
    """Fields of the ``Policy`` that the fixture ``kingpost`` has otherwise than usual. Override it to name some."""
    return {}


@pytest.fixture
def kingpost(kingpost_components: "tuple[Component, ...]", kingpost_settings: Mapping[str, Any]) -> "Iterator[Workbench]":
    """A workbench of these components, empty."""
    from kingpost.testing.workbench import Workbench

    with Workbench(*kingpost_components) as bench:
        if kingpost_settings:
            bench.override_settings(**kingpost_settings)
        yield bench


@pytest.fixture
def kingpost_django(db: None, request: pytest.FixtureRequest) -> "Iterator[ProjectBench]":  # noqa: ARG001  (pytest-django opens the database for it)
    """A bench over the project of pytest-django, inside the test's transaction."""
    from kingpost.testing.django import ProjectBench

    with ProjectBench(seed=request.node.nodeid) as bench:
        yield bench
