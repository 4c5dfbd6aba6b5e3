"""What is installed is one package that stands alone. It knows distributions and environments, and nothing of what the package does."""

import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.architecture.environments import python
from tests.architecture.house import PACKAGES, PYPROJECT, ROOT

ALONE = """
import importlib, pkgutil, sys
import kingpost, kingpost.kernel
for found in pkgutil.walk_packages(kingpost.kernel.__path__, "kingpost.kernel."):
    importlib.import_module(found.name)
strangers = {name.split(".")[0] for name in sys.modules} & set(sys.argv[1:])
assert not strangers, f"the kernel loaded {strangers}"
assert "kingpost.kernel.errors" in sys.modules
"""
REFUSING = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ImportError(f"{name} is not a dependency of the kernel")
sys.meta_path.insert(0, Refuse())
"""
EXTRAS_ONLY = (
    "litestar",
    "django",
    "ninja",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "redis",
    "httpx",
    "pydantic",
    "granian",
    "uvicorn",
    "prometheus_client",
)
HOST = """
import adapters, kernel
import kingpost.adapters, kingpost.kernel
assert adapters.OWNER == kernel.OWNER == "host"
assert kingpost.adapters is not adapters and kingpost.kernel is not kernel
"""


def host_project(folder: Path) -> Path:
    """A project whose own packages are called as ours."""
    for name in ("adapters", "kernel", "conformance"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text('OWNER = "host"\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", PACKAGES)
def test_a_folder_refuses_its_bare_name(name: str) -> None:
    """Imported from the repository's root as ``kernel``, a folder says what to import instead."""
    done = python(sys.executable, f"import {name}", cwd=ROOT)
    assert done.returncode != 0
    assert f"ImportError: import kingpost.{name}, not {name}" in done.stderr


def test_a_hosts_own_folders_do_no_harm(tmp_path: Path) -> None:
    """In a project with packages named ``adapters`` and ``kernel``, both sides import their own."""
    done = python(sys.executable, HOST, cwd=host_project(tmp_path), path=ROOT)
    assert done.returncode == 0, done.stderr


def test_the_kernel_imports_with_every_extra_refused(tmp_path: Path) -> None:
    """Every module of the kernel imports where importing a package of an extra is an error."""
    done = python(sys.executable, REFUSING + ALONE, *EXTRAS_ONLY, cwd=tmp_path, path=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wheel_holds_one_top_level_package(wheel: Path) -> None:
    """The wheel built from the sdist brings ``kingpost`` and nothing beside it."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"kingpost", f"kingpost-{PYPROJECT['project']['version']}.dist-info"}


@pytest.mark.slow
def test_sdist_and_wheel_hold_every_file_of_the_three_folders(distribution: Path, wheel: Path) -> None:
    """No module, template, script or static file of the folders is lost on the way."""
    source = distribution / "source"
    files = {f"kingpost/{path.relative_to(source)}" for folder in PACKAGES for path in (source / folder).rglob("*") if path.is_file()}
    files |= {"kingpost/__init__.py", "kingpost/__main__.py", "kingpost/py.typed"}
    (sdist,) = distribution.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        in_sdist = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    lost = sorted((files - set(zipfile.ZipFile(wheel).namelist())) | (files - in_sdist))
    assert not lost, f"give the folder a door (__init__.py), or the suffix a line in package-data of pyproject.toml: {lost}"


@pytest.mark.slow
def test_an_empty_environment_needs_only_the_base_dependencies(base_environment: Path, tmp_path: Path) -> None:
    """Installed without any extra, every module of the kernel imports."""
    done = python(base_environment, ALONE, *EXTRAS_ONLY, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_an_installation_adds_no_other_name(base_environment: Path, tmp_path: Path, name: str) -> None:
    """After an installation no top-level ``kernel``, ``adapters`` or ``conformance`` can be imported."""
    done = python(base_environment, f"import {name}", cwd=tmp_path)
    assert f"ModuleNotFoundError: No module named {name!r}" in done.stderr


@pytest.mark.slow
def test_an_installation_lives_beside_a_hosts_own_folders(base_environment: Path, tmp_path: Path) -> None:
    """Installed into a project with packages of the same names, both sides import their own."""
    done = python(base_environment, HOST, cwd=host_project(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_installation_is_typed_and_knows_its_version(base_environment: Path, tmp_path: Path) -> None:
    """The installed package carries ``py.typed`` and tells the version of the distribution."""
    code = "import kingpost, pathlib; print(kingpost.__version__, (pathlib.Path(kingpost.__file__).parent / 'py.typed').exists())"
    assert python(base_environment, code, cwd=tmp_path).stdout.split() == [PYPROJECT["project"]["version"], "True"]
