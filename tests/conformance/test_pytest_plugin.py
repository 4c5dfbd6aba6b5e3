"""The kit in pytest, from outside: what it collects, how it tells what it found, and that other runs do not notice it."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
READ = "isolation.foreign-path.specimen.specimens.read"
KIT = ("--pyargs", "kingpost.conformance")
ECHO = "tests.conformance.rehearsal:echo"


def ran(*argv: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder that has no settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "DJANGO_", "KINGPOST_", "PYTEST_"))}
    environment = {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    argv = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:cov", *argv)
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_each_check_on_each_target_is_a_test(tmp_path: Path) -> None:
    """Names tell target and check; the door is the documented command."""
    done = ran(*KIT, "--target", "memory", "--target", "litestar", "--case", READ, "-v", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"test_kit.py::test_law[memory-{READ}] PASSED" in done.stdout
    assert f"test_kit.py::test_law[litestar-{READ}] PASSED" in done.stdout


def test_work_can_be_shared_by_processes(tmp_path: Path) -> None:
    """With pytest-xdist each process opens targets of its own."""
    done = ran(*KIT, "--target", "memory", "--case", "isolation.foreign-path.*", "-n", "2", "-v", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[gw0]" in done.stdout
    assert "[gw1]" in done.stdout


def test_a_broken_law_is_a_failure_with_its_script_and_no_traceback(tmp_path: Path) -> None:
    """Law, difference and curl, as on the command line."""
    done = ran(*KIT, "--target", ECHO, "--case", READ, folder=tmp_path)
    assert done.returncode == 1
    assert "GET /specimens/{specimen_id}" in done.stdout
    assert "curl -i" in done.stdout
    assert "Traceback" not in done.stdout


def test_expected_failures_are_strict(tmp_path: Path) -> None:
    """As written: xfailed. Mended: failed. Of no check: the run does not begin."""
    known = tmp_path / "known.toml"
    known.write_text(f'"{READ}" = "the edge echoes"\n')
    argv = ("--case", READ, "--expected", str(known))
    assert "1 xfailed" in ran(*KIT, "--target", ECHO, *argv, folder=tmp_path).stdout
    mended = ran(*KIT, "--target", "memory", *argv, folder=tmp_path)
    assert (mended.returncode, "Take it off the list" in mended.stdout) == (1, True)
    known.write_text('"isolation.no-such" = "the edge echoes"\n')
    stale = ran(*KIT, "--target", "memory", *argv, folder=tmp_path)
    assert (stale.returncode, "which is no check" in stale.stderr) == (4, True)


def test_a_skip_tells_its_reason(tmp_path: Path) -> None:
    """What a target cannot do is no failure and not silent."""
    done = ran(*KIT, "--target", "django-wsgi", "--case", "http.*", "--tier", "edge", "-rs", folder=tmp_path)
    assert "the target has not: " in done.stdout


def test_figures_are_properties_of_the_test(tmp_path: Path) -> None:
    """JUnit of pytest carries the notes."""
    ran(*KIT, "--case", "isolation.probes", "--junit-xml", "junit.xml", folder=tmp_path)
    (note,) = ET.parse(tmp_path / "junit.xml").iter("property")  # noqa: S314  (made a line above)
    assert (note.get("name"), "probes" in str(note.get("value"))) == ("note", True)


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        ((), 4, "name what is to be judged: --target NAME"),
        (("--target", "litestr"), 4, "did you mean 'litestar'?"),
        (("--target", "memory", "--case", "no.such.check", "-n", "2"), 4, "no check has such an id"),
        (("--target", "http://127.0.0.1:9"), 2, "--key"),
        (("--target", "http://127.0.0.1:9", "--case", READ, "-n", "2"), 1, "--key"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(tmp_path: Path, argv: tuple[str, ...], code: int, message: str) -> None:
    """No traceback, and no test that passes."""
    done = ran(*KIT, *argv, folder=tmp_path)
    printed = done.stdout + done.stderr
    assert done.returncode == code
    assert message in printed
    assert "Traceback" not in printed
    assert "passed" not in printed


def test_other_runs_do_not_notice(tmp_path: Path) -> None:
    """A run that is not about the kit knows none of its options and loads nothing of it but the door."""
    (tmp_path / "test_own.py").write_text(
        "import sys\n\n\ndef test_own(pytestconfig):\n"
        "    assert not hasattr(pytestconfig.option, 'target')\n"
        "    assert 'kingpost.conformance.assignment' not in sys.modules\n"
        "    assert 'kingpost.kernel.dispatch' not in sys.modules\n"
    )
    assert ran("test_own.py", folder=tmp_path).returncode == 0
    assert "unrecognized arguments: --target" in ran("test_own.py", "--target", "memory", folder=tmp_path).stderr


def test_a_project_may_have_an_option_of_the_same_name(tmp_path: Path) -> None:
    """``--target`` is a word that others use too."""
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--target')\n")
    (tmp_path / "test_own.py").write_text("def test_own(pytestconfig):\n    assert pytestconfig.option.target == 'moon'\n")
    assert ran("test_own.py", "--target", "moon", folder=tmp_path).returncode == 0
