"""Builds the distribution and environments with it, once for all test processes of a run. It knows pip and venv, and judges nothing."""

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest

from tests.architecture.house import ROOT


def python(interpreter: Path | str, code: str, *arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, with nothing of this process's environment that could help it."""
    environment = {"PYTHONPATH": str(path)} if path else {}
    return subprocess.run([str(interpreter), "-c", code, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def run(command: Iterable[str | Path], *, cwd: Path) -> None:
    """Run a program, and fail with all it said."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"


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


def make_environment(folder: Path, *requirements: str) -> None:
    """Make an empty environment and install the requirements into it."""
    venv.create(folder, with_pip=True)
    run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements], cwd=folder)
