"""Mistakes of operators: each is one clear line with what to do, and never a traceback. It knows commands and databases, no store."""

import pytest

from .terminal import SECRET, Terminal


@pytest.fixture
def any_server() -> str:
    """A URL at which nothing answers."""
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    return "postgresql://keeper:open-sesame@127.0.0.1:1/house"


@pytest.mark.parametrize("out", ["", "/", "."])
def test_a_key_is_not_written_into_a_folder(deployed: Terminal, out: str) -> None:
    """A place that is no file is refused, and the key is still to be made."""
    answer = deployed.run("bootstrap", "--out", out)
    assert answer.code == 2
    assert "name a file" in answer.problems[0]
    assert deployed.done("bootstrap").startswith("kp_p_")


def test_migrating_twice_says_that_nothing_is_to_be_done(deployed: Terminal) -> None:
    """Silence would leave one wondering."""
    assert "nothing to migrate" in deployed.done("migrate")


def test_what_the_server_says_is_passed_on(terminal: Terminal, any_server: str) -> None:
    """A misspelt name of a database looks like a server that is away, so its own words follow; the password is not among them."""
    terminal.set(DATABASE=any_server, SECRET=SECRET, HOSTS="localhost")
    for argv in (("tenant", "list"), ("migrate",)):
        answer = terminal.run(*argv)
        assert answer.code == 1
        assert "the database says: " in answer.problems[1]
        assert "open-sesame" not in answer.err
    assert "open-sesame" not in terminal.run("doctor").out


def test_a_parameter_that_postgresql_does_not_know_is_a_bad_setting(terminal: Terminal) -> None:
    """The driver would say so with a traceback; the message says what was meant."""
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    terminal.set(DATABASE="postgresql://keeper:open-sesame@db/house?sslmod=require")
    answer = terminal.run("routes")
    assert answer.code == 2
    assert "'sslmod'" in answer.problems[0]
    assert "sslmode" in answer.problems[0]
    assert "open-sesame" not in answer.err


def test_a_module_that_ends_the_process_is_no_component(terminal: Terminal) -> None:
    """A script named by mistake must not make the command end in silence."""
    (terminal.folder / "ends_the_process.py").write_text("raise SystemExit(3)\n")
    terminal.set(COMPONENTS="tenancy,ends_the_process")
    answer = terminal.run("routes")
    assert answer.code == 2
    assert "'ends_the_process' cannot be imported: SystemExit" in answer.problems[0]


def test_a_settings_file_that_is_no_text_is_a_sentence(terminal: Terminal) -> None:
    """The message can be read aloud."""
    (terminal.folder / "kingpost.toml").write_bytes(b"secret = '\xe9'")
    assert terminal.run("routes").problems == ["there is kingpost.toml, which is not UTF-8 text"]
