"""What is installed is one package that stands alone. It builds the distribution as a release would and knows nothing of its behaviour."""

import fcntl
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest

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


def python(interpreter: Path | str, code: str, *arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, with nothing of this process's environment that could help it."""
    environment = {"PYTHONPATH": str(path)} if path else {}
    return subprocess.run([str(interpreter), "-c", code, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def run(command: Iterable[str | Path], *, cwd: Path) -> None:
    """Run a program, and fail with all it said."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"


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


def once_for_all_workers(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder ``name`` of this test run, made by the first test process that asks for it; the others wait and share it."""
    shared = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    folder, finished = shared / name, shared / f"{name}.finished"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            rmtree(folder, ignore_errors=True)  # what an attempt that failed has left
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


def make_distribution(folder: Path) -> None:
    """Copy the repository, build the sdist from the copy and the wheel from the sdist."""
    unwanted = ignore_patterns(".git", ".venv", "venv", ".tox", "*_cache", "__pycache__", "*.egg-info", "build", "dist", "logs")
    copytree(ROOT, folder / "source", symlinks=True, ignore=unwanted)
    run([sys.executable, "-m", "build", "--outdir", folder, folder / "source"], cwd=folder)


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
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which only the wheel and its own dependencies were installed."""

    def make(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel], cwd=folder)

    return once_for_all_workers(tmp_path_factory, "installed", make) / "bin" / "python"


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
def test_an_empty_environment_needs_only_the_base_dependencies(installed: Path, tmp_path: Path) -> None:
    """Installed without any extra, every module of the kernel imports."""
    done = python(installed, ALONE, *EXTRAS_ONLY, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_an_installation_adds_no_other_name(installed: Path, tmp_path: Path, name: str) -> None:
    """After an installation no top-level ``kernel``, ``adapters`` or ``conformance`` can be imported."""
    done = python(installed, f"import {name}", cwd=tmp_path)
    assert f"ModuleNotFoundError: No module named {name!r}" in done.stderr


@pytest.mark.slow
def test_an_installation_lives_beside_a_hosts_own_folders(installed: Path, tmp_path: Path) -> None:
    """Installed into a project with packages of the same names, both sides import their own."""
    done = python(installed, HOST, cwd=host_project(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_installation_is_typed_and_knows_its_version(installed: Path, tmp_path: Path) -> None:
    """The installed package carries ``py.typed`` and tells the version of the distribution."""
    code = "import kingpost, pathlib; print(kingpost.__version__, (pathlib.Path(kingpost.__file__).parent / 'py.typed').exists())"
    assert python(installed, code, cwd=tmp_path).stdout.split() == [PYPROJECT["project"]["version"], "True"]
