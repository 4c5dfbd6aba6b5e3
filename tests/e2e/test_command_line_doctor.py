"""What the command line finds wrong with a deployment or an installation, and the mend that it tells."""

import subprocess
import sys
from pathlib import Path

import pytest

from .terminal import SECRET, Terminal, environment


def test_the_doctor_is_content_with_a_deployment(deployed: Terminal) -> None:
    """Code 0, and every part was looked at."""
    told = deployed.done("doctor")
    for subject in ("settings", "extras", "components", "database"):
        assert f"ok    {subject}: " in told


@pytest.mark.parametrize(
    ("changed", "level", "subject"),
    [
        ({"WORKERS": "many"}, "fail", "settings"),
        ({"HOSTS": "localhost"}, "fail", "hosts"),
        ({"HOSTS": "*"}, "warn", "hosts"),
        ({"COMPONENTS": "tenacy"}, "fail", "components"),
        ({"SECRET": SECRET[::-1]}, "fail", "database"),
        ({"DATABASE": "postgresql://127.0.0.1:1/app"}, "fail", "database"),
        ({"WORKERS": "4"}, "note", "caches"),
    ],
)
def test_the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(
    deployed: Terminal, changed: dict[str, str], level: str, subject: str
) -> None:
    """Each finding has a mend; the code is 1 where something fails."""
    deployed.set(**changed)
    answer = deployed.run("doctor")
    lines = answer.out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{level:5} {subject}: ")]
    assert lines[at + 1].startswith("      mend: ")
    assert answer.code == int(level == "fail")


def test_the_doctor_finds_files_that_others_can_read(terminal: Terminal) -> None:
    """Secret, keys and database of the embedded defaults are private."""
    terminal.done("migrate")
    assert terminal.run("doctor").code == 0
    for name, level in (("kingpost.sqlite3", "warn"), ("secret", "fail")):
        Path("kingpost-data", name).chmod(0o644)
        answer = terminal.run("doctor")
        assert answer.code == int(level == "fail")
        assert f"{level}  files: others can read {Path.cwd()}/kingpost-data/{name}" in answer.out


def test_the_doctor_in_an_empty_folder_has_nothing_to_complain_about(terminal: Terminal) -> None:
    """Before the first start there is only something to note."""
    answer = terminal.run("doctor")
    assert answer.code == 0
    assert "note  embedded defaults" in answer.out
    assert list(terminal.folder.iterdir()) == []


WITHOUT_EXTRAS = """
import sys
for name in ("alembic", "django", "granian", "gunicorn", "litestar", "ninja", "prometheus_client", "psycopg", "sqlalchemy", "uvicorn"):
    sys.modules[name] = None
from kingpost.adapters.runtime.command import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (("--help",), 0, "tenant"),
        (("id", "prd_01h455vb4pex5vsknk084sn02q"), 0, "01890a5d-ac96-774b-bcce-b302099a8057"),
        (("routes",), 2, "pip install 'kingpost["),
        (("migrate",), 2, "pip install 'kingpost["),
        (("serve",), 2, "pip install 'kingpost[litestar]'"),
        (("serve", "--django"), 2, "pip install 'kingpost[django]'"),
        (("doctor",), 1, "neither Litestar nor Django is installed"),
    ],
)
def test_without_any_extra_the_command_says_what_to_install(tmp_path: Path, argv: tuple[str, ...], code: int, told: str) -> None:
    """What needs no extra works; everything else names the package."""
    program = [sys.executable, "-c", WITHOUT_EXTRAS, *argv]
    answer = subprocess.run(program, env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == code, answer.stderr
    assert told in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
