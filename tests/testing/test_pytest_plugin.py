"""The fixtures in somebody's own run of pytest, from outside: what they give, how they are told the components, and that other runs do not notice them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST = """
def test_a_product_is_added(kingpost):
    api = kingpost.client(as_=kingpost.tenant("acme"))
    api.post("/products", {"sku": "MUG-01", "name": "Mug", "price": {"amount": 1, "currency": "EUR"}}).expect(201)
"""
LOADED = """
import sys

def test_nothing_is_loaded():
    there = {name for name in sys.modules if name.partition(".")[0] in ("kingpost", "msgspec", "svcs", "django", "litestar")}
    packages = {"kingpost", "kingpost.conformance", "kingpost.testing"}
    assert there == packages | {f"{name}.pytest_plugin" for name in packages - {"kingpost"}}
"""


def ran(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder that has no settings but those that a test wrote."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "DJANGO_", "KINGPOST_", "PYTEST_"))}
    argv = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:django", "-q", *argv)
    environment = {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_setting_names_the_components(tmp_path: Path) -> None:
    """One line in ``pyproject.toml``."""
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nkingpost_components = ["examples.storefront"]\n')
    (tmp_path / "test_it.py").write_text(TEST)
    done = ran(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_fixture_names_the_components_and_settings(tmp_path: Path) -> None:
    """Overridden in a conftest, of any scope."""
    (tmp_path / "conftest.py").write_text(
        "import pytest\nfrom examples import storefront\nfrom kingpost.kernel.policy import Limits\n\n"
        "@pytest.fixture(scope='session')\ndef kingpost_components():\n    return (storefront.COMPONENT,)\n\n"
        "@pytest.fixture\ndef kingpost_settings():\n    return {'limits': Limits(body=10)}\n"
    )
    (tmp_path / "test_it.py").write_text(TEST)
    done = ran(tmp_path)
    assert "was to be answered 201 and was answered 413" in done.stdout, done.stdout + done.stderr


def test_without_components_there_is_tenancy(tmp_path: Path) -> None:
    """The fixture works without a line of configuration."""
    (tmp_path / "test_it.py").write_text(
        'def test_it(kingpost):\n    kingpost.client(as_=kingpost.tenant("acme")).get("/tenant").expect(200)\n'
    )
    done = ran(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_component_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name, as on the command line."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nkingpost_components = exampels.storefront\n")
    (tmp_path / "test_it.py").write_text(TEST)
    done = ran(tmp_path)
    assert "component 'exampels.storefront' is not there" in done.stdout, done.stdout + done.stderr


def test_a_run_that_does_not_ask_loads_nothing(tmp_path: Path) -> None:
    """Two plugins and their packages, and no line of the kernel, of the kit or of a framework."""
    (tmp_path / "test_it.py").write_text(LOADED)
    done = ran(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_broken_law_shows_the_test_and_not_the_kit(tmp_path: Path) -> None:
    """The traceback of an interleaving ends in the test, with the schedule below it."""
    (tmp_path / "test_it.py").write_text(
        "from kingpost.kernel import tenancy\n\n"
        "def test_it(kingpost):\n"
        "    one = kingpost.prepare(tenancy.read_own_tenant, as_=kingpost.tenant('acme'))\n"
        "    kingpost.every_interleaving(one, law=lambda tenant: tenant.slug == 'other')\n"
    )
    done = ran(tmp_path)
    assert "again: every_interleaving(..., schedule='" in done.stdout, done.stdout + done.stderr
    assert "conformance/stepping" not in done.stdout
