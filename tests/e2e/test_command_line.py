"""The command line from outside: a real database, real files, exit codes, and no traceback for anything a user can cause."""

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kingpost.adapters.runtime import sources

from .terminal import SECRET, Terminal, command, environment

OFFLINE = (("graph",), ("routes",), ("routes", "--json"), ("openapi",), ("id", "prd_01h455vb4pex5vsknk084sn02q"))
ASKING = (("tenant", "list"), ("key", "list", "--platform"), ("bootstrap",))


@pytest.mark.parametrize("argv", OFFLINE)
def test_looking_needs_no_setting(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """Graph, routes and document come out in an empty folder, and nothing is left there."""
    assert terminal.done(*argv)
    assert list(terminal.folder.iterdir()) == []


@pytest.mark.parametrize("argv", ASKING)
def test_asking_without_a_database_says_what_to_do(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """A command in the wrong folder does not make an empty database."""
    answer = terminal.run(*argv)
    assert answer.code == 2
    assert "kingpost serve" in answer.problems[0]
    assert "KINGPOST_DATABASE" in answer.problems[0]
    assert list(terminal.folder.iterdir()) == []


def test_every_bad_setting_is_told_at_once_with_code_2(terminal: Terminal) -> None:
    """One line each, whatever the command."""
    terminal.set(BIND="x", WORKERS="0", SECRET="short", TYPO="1")
    for argv in (*ASKING, ("graph",), ("serve",), ("migrate",)):
        answer = terminal.run(*argv)
        assert answer.code == 2
        assert len(answer.problems) == 4
        assert "short" not in answer.err.replace("shorter", "")


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("fly",),
        ("key",),
        ("key", "issue"),
        ("key", "issue", "--platform", "--tenant", "acme"),
        ("key", "issue", "--platform", "--expires-in", "soon"),
        ("key", "issue", "--platform", "--expires-in", "99999999d"),
        ("tenant", "close", "acme", "--grace-days", "many"),
        ("tenant", "list", "--status", "asleep"),
        ("migrate", "--adopt", "--show"),
        ("id",),
    ],
)
def test_bad_arguments_end_with_code_2(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """The usage and one line that says what is wrong."""
    answer = terminal.run(*argv)
    assert answer.code == 2
    assert "error: " in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "argv", [("--help",), ("serve", "--help"), ("key", "issue", "--help"), ("tenant", "close", "--help"), ("migrate", "--help")]
)
def test_help_is_there(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """It ends with code 0 and names the options."""
    answer = terminal.run(*argv)
    assert answer.code == 0
    assert "--help" in answer.out


def test_the_first_key_opens_the_platform_and_the_life_of_a_key_follows(deployed: Terminal) -> None:
    """bootstrap, tenant create, key issue, rotate, revoke, list: on a real database."""
    deployed.done("bootstrap", "--out", "platform.key")
    assert stat.S_IMODE(Path("platform.key").stat().st_mode) == 0o600
    kept = Path("platform.key").read_text()
    assert kept.startswith("kp_p_")
    assert "nothing was changed" in deployed.done("bootstrap", "--out", "platform.key")
    assert Path("platform.key").read_text() == kept
    made = json.loads(deployed.done("tenant", "create", "acme", "Acme Ltd", "--json"))
    issued = json.loads(deployed.done("key", "issue", "--tenant", "acme", "--expires-in", "90d", "--json"))
    rotated = json.loads(deployed.done("key", "rotate", issued["id"], "--overlap", "0s", "--json"))
    deployed.done("key", "revoke", rotated["id"])
    rows = [json.loads(line) for line in deployed.done("key", "list", "--tenant", made["tenant"]["id"], "--json").splitlines()]
    assert [row["state"] for row in rows] == ["valid", "ended", "ended"]


def test_a_tenant_lives_through_all_its_states(deployed: Terminal) -> None:
    """Every verb works on a real database, and a wrong one is a line."""
    deployed.done("tenant", "create", "acme", "Acme Ltd", "--plan", "team", "--host", "acme.example", "--host-ref", "7")
    for verb in ("suspend", "resume", "close", "reopen"):
        deployed.done("tenant", verb, "acme")
    deployed.done("tenant", "update", "acme", "--slug", "acme-two", "--host", "two.example")
    shown = json.loads(deployed.done("tenant", "show", "acme-two", "--json"))
    assert (shown["status"], shown["hosts"], shown["version"]) == ("active", ["two.example"], 6)
    refused = deployed.run("tenant", "resume", "acme-two")
    assert refused.code == 2
    assert len(refused.problems) == 1
    assert deployed.run("tenant", "show", "acme").code == 2
    many = deployed.run("tenant", "create", "Bad Slug", "", "--host", "x y")
    assert {problem.partition(":")[0] for problem in many.problems} == {"slug", "name", "hosts/0"}


def test_before_migration_and_with_another_secret_the_mend_is_told(terminal: Terminal, database: str) -> None:
    """Code 1: the settings are right, the database is not yet, or not this one."""
    terminal.set(DATABASE=database, SECRET=SECRET, HOSTS="api.example.com")
    early = terminal.run("tenant", "list")
    assert early.code == 1
    assert "kingpost migrate" in early.problems[0]
    terminal.done("migrate")
    terminal.done("tenant", "list")
    terminal.set(SECRET=SECRET[::-1])
    other = terminal.run("tenant", "list")
    assert other.code == 1
    assert "KINGPOST_SECRET" in other.problems[0]
    terminal.set(SECRET=f"{SECRET[::-1]},{SECRET}")
    terminal.done("tenant", "list")


def test_migration_goes_up_once_and_back(deployed: Terminal) -> None:
    """A second run says that nothing is to be done; --show says where it stands; --downgrade takes one component back."""
    assert deployed.done("migrate") == "nothing to migrate: every component is at this version\n"
    assert "up to date" in deployed.done("migrate", "--show")
    told = deployed.done("migrate", "--downgrade", "tenancy")
    assert "tenancy" in told
    assert "not migrated" in deployed.done("migrate", "--show")
    assert "tenancy: upgrade" in deployed.done("migrate")
    assert deployed.run("migrate", "--downgrade", "nothing").code == 2


@pytest.mark.parametrize("url", ["postgresql://nobody:word@127.0.0.1:1/app", "sqlite:////nonexistent/folder/app.sqlite3"])
@pytest.mark.parametrize("argv", [("tenant", "list"), ("migrate",), ("doctor",)])
def test_a_database_that_cannot_be_reached_is_one_line(terminal: Terminal, url: str, argv: tuple[str, ...]) -> None:
    """Code 1, no traceback, and the password is not shown."""
    terminal.set(DATABASE=url, SECRET=SECRET, HOSTS="api.example.com", REQUEST_SECONDS="2")
    answer = terminal.run(*argv)
    assert answer.code in (1, 2)
    assert "word" not in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_bound_to_the_world_serve_refuses_every_default(terminal: Terminal) -> None:
    """A missing database, secret and host list are all told, and nothing is made."""
    answer = terminal.run("serve", "--bind", "0.0.0.0:8000")
    assert answer.code == 2
    assert [problem.split(" ", 1)[0] for problem in answer.problems] == ["KINGPOST_DATABASE", "KINGPOST_SECRET", "KINGPOST_HOSTS"]
    assert list(terminal.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--bind", "nowhere"), "--bind"),
        (("--bind", "203.0.113.7:80"), "KINGPOST_DATABASE"),
        (("--server", "apache"), "--server"),
        (("--server", "gunicorn"), "cannot run the litestar deployment"),
        (("--workers", "0"), "--workers"),
    ],
)
def test_a_bad_flag_of_serve_is_told(terminal: Terminal, flags: tuple[str, ...], told: str) -> None:
    """Flags are checked like settings."""
    answer = terminal.run("serve", *flags)
    assert answer.code == 2
    assert told in answer.problems[0]


def test_a_taken_port_is_told_before_anything_is_made(terminal: Terminal, taken_port: int) -> None:
    """The message proposes another port."""
    answer = terminal.run("serve", "--bind", f"127.0.0.1:{taken_port}")
    assert answer.code == 2
    assert f"127.0.0.1:{taken_port} is taken" in answer.problems[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_an_address_of_another_machine_is_told(terminal: Terminal, tmp_path: Path) -> None:
    """Documentation addresses (RFC 5737) are nobody's."""
    terminal.set(DATABASE=f"sqlite:///{tmp_path}/x.sqlite3", SECRET=SECRET, HOSTS="*")
    answer = terminal.run("serve", "--bind", "203.0.113.7:8000")
    assert answer.code == 2
    assert "not an address of this machine" in answer.problems[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(sorted(sources.READERS)), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), max_size=5
    )
)
def test_no_environment_makes_a_traceback(terminal: Terminal, values: dict[str, str]) -> None:
    """Whatever is set, a command that only looks ends with 0 or with lines that say why not."""
    with pytest.MonkeyPatch.context() as environ:
        for name, value in values.items():
            environ.setenv(f"KINGPOST_{name.upper()}", value)
        answer = terminal.run("routes")
    assert answer.code in (0, 2)
    assert answer.code == 0 or answer.problems


def test_of_processes_that_bootstrap_together_one_makes_the_key(deployed: Terminal, database: str) -> None:
    """Three replicas start at once: one key, in one hand."""
    environ = environment(DATABASE=database, SECRET=SECRET, HOSTS="api.example.com")
    started = [subprocess.Popen([*command(), "bootstrap"], env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum(text.startswith("kp_p_") for text in told) == 1
    assert len(deployed.done("key", "list", "--platform", "--json").splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """``kingpost openapi | head -1`` is quiet."""
    process = subprocess.Popen(
        [*command(), "openapi"], env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode == 0


def test_a_database_of_this_version_can_be_taken_over_again(deployed: Terminal) -> None:
    """--adopt changes nothing where the history is ours already, and refuses tables that are not there."""
    deployed.done("migrate", "--adopt")
    assert "up to date" in deployed.done("migrate", "--show")
    deployed.done("migrate", "--downgrade", "tenancy")
    refused = deployed.run("migrate", "--adopt")
    assert refused.code == 2
    assert "cannot be taken over" in refused.problems[0]


def test_migrations_may_have_a_database_url_of_their_own(terminal: Terminal, tmp_path: Path) -> None:
    """--database wins over KINGPOST_MIGRATION_DATABASE, which wins over KINGPOST_DATABASE."""
    urls = {name: f"sqlite:///{tmp_path}/{name}.sqlite3" for name in ("app", "migration", "flag")}
    terminal.set(DATABASE=urls["app"], MIGRATION_DATABASE=urls["migration"], SECRET=SECRET)
    terminal.done("migrate", "--database", urls["flag"])
    assert [file.name for file in tmp_path.glob("*.sqlite3")] == ["flag.sqlite3"]
    terminal.done("migrate")
    assert sorted(file.name for file in tmp_path.glob("*.sqlite3")) == ["flag.sqlite3", "migration.sqlite3"]
    refused = terminal.run("migrate", "--database", "mysql://app:pass-word@db/app")
    assert refused.code == 2
    assert refused.problems[0].startswith("--database is not a database URL")
    assert "pass-word" not in refused.err
