"""The door of the kit in pytest: it looks whether a run is about the kit, and else does nothing, so that no other run gets its options.

pytest reads options before it looks into packages, and ``--pyargs kingpost.conformance`` alone would not make ``--target`` known. Hence this
plugin, which every run loads and which is no larger than this.
"""

import re
from typing import Final

import pytest

_KIT: Final = re.compile(r"(?:.*/)?kingpost[./]conformance(?:[./].*)?")
"""The package, a module of it, or the path of either."""


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Bring the options and fixtures where the kit is among the arguments."""
    if any(_KIT.fullmatch(argument.partition("::")[0]) for argument in args):
        early_config.pluginmanager.import_plugin("kingpost.conformance.pytest_judging")
