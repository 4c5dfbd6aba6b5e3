"""The distribution and the environments that the tests beside it look into. It knows their order of making."""

from pathlib import Path

import pytest

from tests.architecture.environments import make_distribution, make_environment, once_for_all_workers


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``source`` (a copy of the repository), the sdist, and the wheel built from the sdist."""
    return once_for_all_workers(tmp_path_factory, "distribution", make_distribution)


@pytest.fixture(scope="session")
def wheel(distribution: Path) -> Path:
    """The wheel that was built from the sdist."""
    (built,) = distribution.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def base_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which only the wheel and its own dependencies were installed."""
    return once_for_all_workers(tmp_path_factory, "base", lambda folder: make_environment(folder, str(wheel))) / "bin" / "python"


@pytest.fixture(scope="session")
def litestar_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the extra ``litestar`` only."""
    return (
        once_for_all_workers(tmp_path_factory, "litestar", lambda folder: make_environment(folder, f"{wheel}[litestar]")) / "bin" / "python"
    )


@pytest.fixture(scope="session")
def django_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the extra ``django`` only."""
    return once_for_all_workers(tmp_path_factory, "django", lambda folder: make_environment(folder, f"{wheel}[django]")) / "bin" / "python"
