"""The door of the kernel: one name, and none beside it."""

import importlib.util
from pathlib import Path

import pytest

import kingpost.kernel


@pytest.mark.parametrize("name", ["kernel", "adapters", "conformance"])
def test_a_folder_is_imported_as_a_part_of_kingpost_alone(name: str) -> None:
    """Imported under its bare name it refuses, for every class would exist twice."""
    assert kingpost.kernel.__name__ == "kingpost.kernel"
    door = Path(__file__).parents[2] / name / "__init__.py"
    found = importlib.util.spec_from_file_location(name, door)
    assert found is not None
    assert found.loader is not None
    with pytest.raises(ImportError, match=f"import kingpost.{name}, not {name}"):
        found.loader.exec_module(importlib.util.module_from_spec(found))
