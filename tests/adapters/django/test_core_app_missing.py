"""A project that lists a component by hand and forgets the core app. It knows settings and what ``check`` says of them."""

import subprocess
import sys
from pathlib import Path

PROJECT = """
from django.conf import settings
settings.configure(INSTALLED_APPS=["kingpost.adapters.django_app.tenancy"], KINGPOST={}, DATABASES={})
import django
django.setup()
from django.core.management import call_command
call_command("check")
"""


def test_a_component_without_the_core_app_is_told() -> None:
    """The core app would register the checks, so without it nothing else could say so."""
    command = [sys.executable, "-c", PROJECT]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "kingpost.E004" in done.stderr
    assert "kingpost.apps(" in done.stderr
