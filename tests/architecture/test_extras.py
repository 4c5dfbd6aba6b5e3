"""Each extra brings what its part of Kingpost imports, and no more is needed. It knows which module belongs to which extra."""

import subprocess
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.environments import python
from tests.architecture.house import PYPROJECT

IMPORT_ALL = """
import importlib, importlib.util, pkgutil, sys
absent, left_out = sys.argv[1], tuple(sys.argv[2:])
assert importlib.util.find_spec(absent) is None, f"{absent} is installed"
import kingpost.kernel, kingpost.adapters

def names(package):
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not found.name.startswith(left_out):
            yield found.name
            if found.ispkg:
                yield from names(importlib.import_module(found.name))

for package in (kingpost.kernel, kingpost.adapters):
    for name in names(package):
        importlib.import_module(name)
"""
DJANGO_PART = "kingpost.adapters.django_app"
SITE_PART = "kingpost.adapters.django_app.site"  # a Django project of its own, with settings of its own
LITESTAR_PART = "kingpost.adapters.litestar_app"
REDIS_PART = "kingpost.adapters.redis"
UVICORN_PART = "kingpost.adapters.runtime.uvicorn_protocol"  # the extra ``django`` serves with gunicorn and granian
HTTP_PARTS = tuple(f"kingpost.adapters.outbound.{name}" for name in ("exchange", "loop_client", "thread_client"))
POSTGRES_PARTS = ("kingpost.adapters.sql.postgresql", "kingpost.adapters.sql.pool")
DJANGO_SETTINGS = """
import django, kingpost
from django.conf import settings
hosts = ("admin", "auth", "contenttypes", "messages", "sessions")
settings.configure(
    SECRET_KEY="for-this-test-only", USE_TZ=True,
    INSTALLED_APPS=[*(f"django.contrib.{name}" for name in hosts), *kingpost.apps("tenancy")],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
"""
ENTRIES = [
    *PYPROJECT["project"]["scripts"].items(),
    *(entry for group in PYPROJECT["project"].get("entry-points", {}).values() for entry in group.items()),
]


@pytest.mark.parametrize(("name", "target"), ENTRIES)
def test_every_command_and_entry_point_leads_to_something(name: str, target: str) -> None:
    """Each target that the distribution declares can be imported: something to call, or a module where pytest wants one."""
    found = EntryPoint(name=name, value=target, group="").load()
    assert callable(found) or isinstance(found, ModuleType), name


@pytest.mark.slow
def test_the_extra_litestar_needs_no_django(litestar_environment: Path, tmp_path: Path) -> None:
    """With the extra ``litestar`` alone every module outside the Django adapter imports."""
    done = python(litestar_environment, IMPORT_ALL, "django", DJANGO_PART, REDIS_PART, *HTTP_PARTS, *POSTGRES_PARTS, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_extra_django_needs_no_litestar(django_environment: Path, tmp_path: Path) -> None:
    """With the extra ``django`` alone every module outside the Litestar adapter imports inside a Django project."""
    left_out = (LITESTAR_PART, SITE_PART, REDIS_PART, UVICORN_PART, *HTTP_PARTS, *POSTGRES_PARTS)
    done = python(django_environment, DJANGO_SETTINGS + IMPORT_ALL, "litestar", *left_out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["base_environment", "litestar_environment", "django_environment"])
def test_the_command_explains_itself_in_every_installation(environment: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """``kingpost --help`` and ``python -m kingpost --help`` say the same, whatever extras are installed."""
    interpreter: Path = request.getfixturevalue(environment)
    ways = ([interpreter.with_name("kingpost")], [interpreter, "-m", "kingpost"])
    told = [subprocess.run([*way, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False) for way in ways]
    assert [done.returncode for done in told] == [0, 0], told[0].stderr
    assert "serve" in told[0].stdout
    assert told[0].stdout == told[1].stdout
