"""``kingpost conformance`` from outside: real targets, exit codes, files, and nothing left running."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .terminal import Terminal, command, environment

FAKES = "tests.conformance.rehearsal"
NARROW = ("--case", "isolation.foreign-path.specimen.*")
"""Some checks that take no time."""


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the kit makes its temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def judge(*argv: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*command(), "conformance", *argv],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_two_targets_are_judged_and_compared(tmp_path: Path, scratch: Path) -> None:
    """A line for each component, a table, traces and the closing line; on the same seed the same traces; nothing is left behind."""
    argv = (*NARROW, "--target", "litestar", "--target", "memory", "--against", "django-wsgi", "--backend", "sqlite", "--seed", "7")
    first, second = judge(*argv, folder=tmp_path), judge(*argv, folder=tmp_path)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert "COMPONENT  LITESTAR" in first.stdout
    assert lines[-1].endswith(" passed, 0 failed")
    traces = [line for line in lines if line.startswith("trace of")]
    assert len(traces) == 3  # what the targets are compared with is judged too
    assert traces == [line for line in second.stdout.splitlines() if line.startswith("trace of")]
    assert list(scratch.iterdir()) == []


def test_a_broken_law_is_told_with_the_script_that_repeats_it(tmp_path: Path) -> None:
    """Exit code 1, the law, the difference and ``curl``; the reports hold the same."""
    done = judge(*NARROW, "--target", f"{FAKES}:echo", "--report", "out/kit", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "FAILED isolation.foreign-path.specimen.specimens.read on echo" in done.stdout
    assert "    law: GET /specimens/{specimen_id}" in done.stdout
    assert "    curl -i" in done.stdout
    whole = json.loads((tmp_path / "out/kit/report.json").read_text())
    assert whole["totals"]["failed"] > 0
    assert whole["facts"]["components"] == ["tenancy", "specimen"]
    assert ET.parse(tmp_path / "out/kit/junit.xml").getroot().get("failures") == str(whole["totals"]["failed"])  # noqa: S314  (made above)
    assert "of" in (tmp_path / "out/kit/report.html").read_text().partition("</h1>")[0]


def test_expected_failures_are_strict(tmp_path: Path) -> None:
    """What fails as written passes the run; what passes against the list fails it."""
    known = tmp_path / "known.toml"
    known.write_text('"isolation.foreign-path.specimen.specimens.read" = "the edge echoes"\n')
    argv = ("--case", "isolation.foreign-path.specimen.specimens.read", "--expected", str(known))
    as_written = judge("--target", f"{FAKES}:echo", *argv, folder=tmp_path)
    assert (as_written.returncode, as_written.stdout.splitlines()[-1]) == (0, "0 passed, 0 failed, 1 expected failure")
    mended = judge("--target", "memory", *argv, folder=tmp_path)
    assert (mended.returncode, mended.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")
    assert "Take it off the list" in mended.stdout


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, scratch: Path, told: signal.Signals) -> None:
    """Exit code 130, no traceback, no file."""
    argv = [*command(), "conformance", *NARROW, "--target", f"{FAKES}:pit", "--backend", "sqlite"]
    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(told)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert list(scratch.iterdir()) == []


def test_a_target_that_hangs_is_one_line(tmp_path: Path, scratch: Path) -> None:
    """Exit code 2 after the time that a check may take."""
    done = judge(*NARROW, "--target", f"{FAKES}:pit", "--backend", "sqlite", "--timeout", "0.2", folder=tmp_path)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("kingpost: pit: isolation.")
    assert line.endswith("was not done after 0.2 seconds; --timeout gives it longer")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "name what is to be judged: --target NAME"),
        (("--target", "litestr"), "did you mean 'litestar'?"),
        (("--target", "memory", "--against", "djngo-wsgi"), "did you mean 'django-wsgi'?"),
        (("--target", "no.such.module:factory"), "there is no module"),
        (("--target", "http://127.0.0.1:9"), "--key"),
        (("--target", "http://127.0.0.1:9", "--key", "kp_p_x"), "127.0.0.1:9"),
        (("--target", f"{FAKES}:ruined"), "cannot be made: ValueError: no roof ("),
        (("--target", f"{FAKES}:gone"), "cannot be made: SystemExit: 0 ("),
        (("--target", f"{FAKES}:empty"), "its factory returns NoneType, which is no target"),
        (("--target", "memory", "--schedule", "first-me"), "--schedule first-me: it must look like 0.0.1.0!ack-lost@3"),
        (("--target", "memory", "--backend", "sqlit"), "did you mean 'sqlite'?"),
        (("--target", "memory", "--component", "isolatoin"), "--component isolatoin: there is no such name; did you mean 'isolation'?"),
        (("--target", "memory", "--case", "isolation.foreign-pth.specimen.specimens.read"), "did you mean 'isolation.foreign-path"),
        (("--target", "memory", "--components", "no_such_package"), "component 'no_such_package' is not there"),
        (("--target", "memory", "--expected", "absent.toml"), "--expected absent.toml: No such file"),
        (("--target", "memory", "--target", "litestar", "--expected", "x.toml"), "which target is it for?"),
        (("--target", "memory", "--expected", "zebra=x.toml"), "zebra is not among the targets"),
        (("--target", "memory", "--report", "taken"), "--report taken:"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(terminal: Terminal, argv: tuple[str, ...], message: str) -> None:
    """Exit code 2, and the line says what to write instead."""
    (terminal.folder / "taken").write_text("")
    answer = terminal.run("conformance", *argv)
    assert answer.code == 2
    (line,) = answer.problems
    assert message in line


@pytest.mark.parametrize(
    "argv", [("--timeout", "0"), ("--timeout", "long"), ("--seed", "x"), ("--tier", "edgy"), ("--part", "whole"), ("--profile", "slow")]
)
def test_what_argparse_refuses_is_a_usage(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """Exit code 2, and no traceback."""
    answer = terminal.run("conformance", "--target", "memory", *argv)
    assert answer.code == 2
    assert argv[0] in answer.err


def test_the_checks_are_listed_without_any_target(terminal: Terminal) -> None:
    """Id, component, tier and law, a line each."""
    lines = terminal.done("conformance", "--list", *NARROW).splitlines()
    assert any(line.startswith("isolation.foreign-path.specimen.specimens.read  [isolation, core]  GET /specimens/") for line in lines)


def test_a_component_of_a_user_joins_by_its_name(terminal: Terminal) -> None:
    """Without new test code the operations of the storefront are asked about other tenants."""
    assert "storefront" in terminal.done("conformance", "--list", "--components", "tenancy, examples.storefront", "--case", "isolation.*")


def test_the_key_of_a_url_does_not_disturb_other_commands(terminal: Terminal) -> None:
    """The variable is the kit's and no setting that somebody mistyped."""
    terminal.set(CONFORMANCE_KEY="kp_p_x")
    assert terminal.done("routes")


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    """Without Hypothesis the kit says what to install."""
    script = "import sys; sys.modules['hypothesis'] = None; from kingpost.adapters.runtime.command import main; sys.exit(main())"
    argv = [sys.executable, "-c", script, "conformance", "--target", "memory"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "kingpost: the module hypothesis is not installed; run: pip install 'kingpost[conformance]'\n"
