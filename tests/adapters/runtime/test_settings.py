"""Laws of reading settings: precedence, grammar, and that everything wrong is told at once. They know no kernel."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.runtime import sources
from kingpost.adapters.runtime.settings import AccountsTable, Bind, Settings, SettingsInvalid

SECRET = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ"
EMPTY = Path("/nonexistent")

GOOD: tuple[tuple[str, str, object], ...] = (
    ("DATABASE", "postgresql://app:word@db:5432/app", "postgresql://app:word@db:5432/app"),
    ("MIGRATION_DATABASE", "sqlite:///some.sqlite3", "sqlite:///some.sqlite3"),
    ("SECRET", f"{SECRET}, {SECRET[::-1]}", (SECRET, SECRET[::-1])),
    ("HOSTS", "API.example.com, ::1,[::1],10.0.0.7", ("api.example.com", "[::1]", "10.0.0.7")),
    ("BIND", "[::1]:9000", Bind("::1", 9000)),
    ("COMPONENTS", "tenancy,examples.storefront", ("tenancy", "examples.storefront")),
    ("CORS_ORIGINS", "https://app.example.com,http://localhost:3000", ("https://app.example.com", "http://localhost:3000")),
    ("CORS_ORIGINS", "", ()),
    ("CORS_CREDENTIALS", "true", True),
    ("CORS_MAX_AGE", "0", 0),
    ("BODY_LIMIT", "2048", 2048),
    ("REQUEST_SECONDS", "2.5", 2.5),
    ("PREFIX", "/api/v/", "/api/v"),
    ("PREFIX", "", ""),
    ("DOCS", "off", False),
    ("METRICS", "No", False),
    ("ACCESS_LOG", "0", False),
    ("LOG_FORMAT", "TEXT", "text"),
    ("ACCEPT_WEAKENED_ETAGS", "yes", True),
    ("DURABILITY", "full", "full"),
    ("POOL_SIZE", "3", 3),
    ("PREPARE", "false", False),
    ("CACHE_SECONDS", "0", 0.0),
    ("PEOPLE", "Host", "host"),
    ("TRUSTED_ORIGINS", "https://app.example.com,https://*.shop.example", ("https://app.example.com", "https://*.shop.example")),
    ("TRUSTED_ORIGINS", "", ()),
    ("MIRROR_SECONDS", "600", 600.0),
    ("SESSION_COOKIE", "__Host-office", "__Host-office"),
    ("CSRF_COOKIE", "proof", "proof"),
    ("CSRF_HEADER", "X-Proof", "X-Proof"),
    ("HOST_ACCOUNTS", "auth_user", AccountsTable(table="auth_user")),
    ("HOST_ACCOUNTS", "office.Staff(uid, -, pw)", AccountsTable(table="Staff", schema="office", key="uid", is_active=None, password="pw")),
    ("HOST_SESSIONS", "office_session", "office_session"),
    ("HOST_SESSIONS", "None", None),
    ("HTTP_ALLOW", "http://billing.internal:8080,10.20.0.0/16", ("http://billing.internal:8080", "10.20.0.0/16")),
    ("SERVER", "uvicorn", "uvicorn"),
    ("WORKERS", "4", 4),
    ("DATA", "/var/lib/kingpost", Path("/var/lib/kingpost")),
)

BAD: tuple[tuple[str, str], ...] = (
    ("DATABASE", "mysql://root@db/app"),
    ("DATABASE", "app.sqlite3"),
    ("DATABASE", ""),
    ("DATABASE", "postgresql://[::1/x"),
    ("MIGRATION_DATABASE", "postgresql:app"),
    ("PEOPLE", "kernel"),
    ("TRUSTED_ORIGINS", "*"),
    ("TRUSTED_ORIGINS", "app.example.com"),
    ("MIRROR_SECONDS", "1"),
    ("SESSION_COOKIE", "a;b"),
    ("CSRF_COOKIE", "a b"),
    ("CSRF_HEADER", "X-Proof:"),
    ("HOST_ACCOUNTS", "auth_user; DROP TABLE auth_user"),
    ("HOST_ACCOUNTS", "auth_user(id)"),
    ("HOST_ACCOUNTS", 'auth_user(id,"on",password)'),
    ("HOST_ACCOUNTS", "a.b.c"),
    ("HOST_SESSIONS", "django session"),
    ("SECRET", ""),
    ("SECRET", ",,"),
    ("SECRET", "too-short"),
    ("SECRET", "x" * 64),
    ("SECRET", f"{SECRET},short"),
    ("HOSTS", "https://api.example.com"),
    ("HOSTS", "api.example.com:8000"),
    ("HOSTS", "a_b.example"),
    ("HOSTS", "." * 3),
    ("HOSTS", "a" * 300),
    ("BIND", "8000"),
    ("BIND", ":8000"),
    ("BIND", "127.0.0.1"),
    ("BIND", "127.0.0.1:0"),
    ("BIND", "127.0.0.1:65536"),
    ("BIND", "127.0.0.1:http"),
    ("BIND", "::1:8000"),
    ("BIND", "*:8000"),
    ("COMPONENTS", "tenancy,../evil"),
    ("COMPONENTS", ""),
    ("CORS_ORIGINS", "app.example.com"),
    ("CORS_ORIGINS", "https://app.example.com/"),
    ("CORS_ORIGINS", "https://APP.example.com"),
    ("CORS_ORIGINS", "https://app.example.com:x"),
    ("CORS_CREDENTIALS", "maybe"),
    ("CORS_MAX_AGE", "-1"),
    ("BODY_LIMIT", "1MB"),
    ("BODY_LIMIT", "0"),
    ("BODY_LIMIT", "9" * 5000),
    ("BODY_LIMIT", "٣"),
    ("REQUEST_SECONDS", "nan"),
    ("REQUEST_SECONDS", "inf"),
    ("REQUEST_SECONDS", "0"),
    ("REQUEST_SECONDS", "1e9"),
    ("PREFIX", "api"),
    ("PREFIX", "/a//b"),
    ("PREFIX", "/a/../b"),
    ("PREFIX", "/a b"),
    ("DOCS", ""),
    ("METRICS", "2"),
    ("ACCESS_LOG", "tru"),
    ("LOG_FORMAT", "xml"),
    ("ACCEPT_WEAKENED_ETAGS", "weak"),
    ("DURABILITY", "none"),
    ("POOL_SIZE", "0"),
    ("PREPARE", "never"),
    ("CACHE_SECONDS", "61"),
    ("HTTP_ALLOW", "billing.internal"),
    ("HTTP_ALLOW", "http://billing.internal/"),
    ("HTTP_ALLOW", "http://*.internal"),
    ("HTTP_ALLOW", "10.20.0.1/16"),
    ("HTTP_ALLOW", "10.20.0.0/33"),
    ("HTTP_ALLOW", "169.254.169.254"),
    ("SERVER", "apache"),
    ("WORKERS", "0"),
    ("WORKERS", "1.5"),
    ("DATA", " "),
)


def problems_of(environ: dict[str, str], directory: Path = EMPTY) -> tuple[str, ...]:
    """What is told of a bad environment."""
    with pytest.raises(SettingsInvalid) as invalid:
        sources.load(environ, directory=directory)
    return invalid.value.problems


def refusals(read: Callable[[], Settings]) -> tuple[str, ...]:
    """The problems that reading tells, or none."""
    try:
        read()
    except SettingsInvalid as invalid:
        return invalid.problems
    return ()


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert sources.load({}, directory=EMPTY) == Settings()


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_each_setting_is_read_from_the_environment(name: str, text: str, value: object) -> None:
    """A text becomes the typed value of its field."""
    settings = sources.load({f"KINGPOST_{name}": text}, directory=EMPTY)
    assert getattr(settings, name.lower()) == value


def test_every_field_but_the_computed_one_is_a_setting() -> None:
    """A field without a reader could never be set, and a case above reads each."""
    fields = {field.name for field in msgspec.structs.fields(Settings)} - {"embedded"}
    assert fields == sources.READERS.keys() == {name.lower() for name, _, _ in GOOD}
    assert fields == {name.lower() for name, _ in BAD}


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_value_is_one_line_that_names_the_setting(name: str, text: str) -> None:
    """The message names the variable and fits on a line."""
    (problem,) = problems_of({f"KINGPOST_{name}": text})
    assert problem.startswith(f"KINGPOST_{name} ")
    assert len(problem) < 250
    assert problem.isprintable()


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """One run shows all problems, so that nobody mends them one by one."""
    problems = problems_of({"KINGPOST_BIND": "x", "KINGPOST_SECRET": "x", "KINGPOST_WORKER": "2", "KINGPOST_HOSTS": "a:1"})
    assert [problem.split(" ", 1)[0] for problem in sorted(problems)] == [
        "KINGPOST_BIND",
        "KINGPOST_HOSTS",
        "KINGPOST_SECRET",
        "KINGPOST_WORKER",
    ]


@pytest.mark.parametrize(
    "name", ["KINGPOST_WORKER", "KINGPOST_secret", "KINGPOST_SECRETS", "KINGPOST_CONFIG_FILE", "KINGPOST_EMBEDDED", "KINGPOST_"]
)
def test_an_unknown_name_is_refused(name: str) -> None:
    """A misspelt setting is never silently ignored."""
    (problem,) = problems_of({name: SECRET})
    assert problem.startswith(f"{name} is not a setting")
    assert SECRET not in problem


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    """The message says what was probably meant."""
    assert "did you mean KINGPOST_WORKERS?" in problems_of({"KINGPOST_WORKER": "2"})[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KINGPOST_SERVICE_HOST", "10.0.0.1"),
        ("KINGPOST_SERVICE_PORT_HTTP", "8000"),
        ("KINGPOST_PORT", "tcp://10.0.0.1:8000"),
        ("KINGPOST_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("KINGPOST_WEB_SERVICE_HOST", "10.0.0.1"),
        ("KINGPOST_TEST_REDIS_URL", "redis://"),
        ("KINGPOST_REQUIRE_SERVICES", "1"),
    ],
)
def test_names_that_an_orchestrator_or_the_tests_set_are_let_be(name: str, value: str) -> None:
    """Kubernetes sets such names in every pod beside a service called kingpost."""
    assert sources.load({name: value}, directory=EMPTY) == Settings()


def test_a_port_of_ones_own_is_refused() -> None:
    """KINGPOST_PORT with a number is a misunderstanding, not Kubernetes."""
    assert problems_of({"KINGPOST_PORT": "8000"})[0].startswith("KINGPOST_PORT is not a setting")


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    """``KINGPOST_SECRET_FILE`` names a file whose lines are the secrets."""
    (tmp_path / "s").write_text(f"{SECRET}\n{SECRET[::-1]}\n")
    assert sources.load({"KINGPOST_SECRET_FILE": "s"}, directory=tmp_path).secret == (SECRET, SECRET[::-1])


def test_a_value_and_its_file_are_not_both_set(tmp_path: Path) -> None:
    """Which one holds would be a guess."""
    (tmp_path / "s").write_text(SECRET)
    (problem,) = problems_of({"KINGPOST_SECRET_FILE": "s", "KINGPOST_SECRET": SECRET}, tmp_path)
    assert "both set" in problem
    assert SECRET not in problem


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * 70_000], ids=["absent", "not text", "large"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    """The message says which file and why."""
    if content is not None:
        (tmp_path / "s").write_bytes(content)
    (problem,) = problems_of({"KINGPOST_SECRET_FILE": "s"}, tmp_path)
    assert problem.startswith("KINGPOST_SECRET_FILE names s, which ")


@pytest.mark.parametrize("value", ["", " ", "a\0b", "/", "x" * 5000])
def test_a_file_name_may_be_anything_without_a_traceback(tmp_path: Path, value: str) -> None:
    """What cannot be a file is told like every other problem."""
    assert len(problems_of({"KINGPOST_SECRET_FILE": value}, tmp_path)) == 1


def test_the_environment_wins_over_the_toml_file(tmp_path: Path) -> None:
    """./kingpost.toml is read, and a variable overrides it."""
    (tmp_path / "kingpost.toml").write_text(
        'workers = 3\nhosts = ["a.example", "b.example"]\ndocs = false\ncache_seconds = 2\nbind = "0.0.0.0:80"\n'
    )
    settings = sources.load({"KINGPOST_WORKERS": "5"}, directory=tmp_path)
    assert (settings.workers, settings.hosts, settings.docs, settings.cache_seconds) == (5, ("a.example", "b.example"), False, 2.0)
    assert settings.bind == Bind("0.0.0.0", 80)  # noqa: S104  (nothing is bound)


def test_the_toml_file_can_be_named(tmp_path: Path) -> None:
    """KINGPOST_CONFIG names it, and then it must be there."""
    (tmp_path / "other.toml").write_text("workers = 3")
    assert sources.load({"KINGPOST_CONFIG": "other.toml"}, directory=tmp_path).workers == 3
    assert "no.toml" in problems_of({"KINGPOST_CONFIG": "no.toml"}, tmp_path)[0]


@pytest.mark.parametrize(
    "text",
    [
        "workers = ",
        "workers = true",
        'workers = "many"',
        "docs = 1",
        "hosts = [1]",
        'host = "x"',
        "[database]\nurl = 'x'",
        "bind = 8000",
        "request_seconds = nan",
    ],
)
def test_a_bad_toml_file_is_one_line(tmp_path: Path, text: str) -> None:
    """Syntax, types and names are checked as in the environment."""
    (tmp_path / "kingpost.toml").write_text(text)
    (problem,) = problems_of({}, tmp_path)
    assert "kingpost.toml" in problem
    assert problem.isprintable()


def test_credentials_for_every_origin_are_refused() -> None:
    """Any site could otherwise act with a user's credentials."""
    (problem,) = problems_of({"KINGPOST_CORS_ORIGINS": "*", "KINGPOST_CORS_CREDENTIALS": "on"})
    assert "list the origins" in problem


def test_a_hosts_mapping_is_read_with_the_same_grammar() -> None:
    """A host's KINGPOST dictionary has the same keys and may hold typed values."""
    settings = sources.from_mapping({"HOSTS": ["a.example"], "DOCS": False, "PREFIX": "/kp"}, spell=lambda key: f'KINGPOST["{key}"]')
    assert (settings.hosts, settings.docs, settings.prefix) == (("a.example",), False, "/kp")
    with pytest.raises(SettingsInvalid, match=r'KINGPOST\["DOC"\] is not a setting \(did you mean DOCS\?\)'):
        sources.from_mapping({"DOC": True}, spell=lambda key: f'KINGPOST["{key}"]')


@given(name=st.sampled_from(sorted(sources.READERS)), text=st.text(max_size=80))
def test_no_text_makes_anything_but_settings_or_a_clear_refusal(name: str, text: str) -> None:
    """Whatever an environment holds, the answer is settings or printable lines."""
    told = refusals(lambda: sources.load({f"KINGPOST_{name.upper()}": text}, directory=EMPTY))
    assert all(problem.isprintable() for problem in told)


@given(
    value=st.one_of(
        st.none(), st.integers(), st.floats(), st.booleans(), st.binary(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
    )
)
def test_no_value_of_a_mapping_makes_anything_but_settings_or_a_clear_refusal(value: object) -> None:
    """A host may write any Python value."""
    for name in sources.READERS:
        told = refusals(lambda name=name: sources.from_mapping({name.upper(): value}, spell=str))
        assert all(problem.isprintable() for problem in told)


@given(secret=st.text(alphabet="abcdefgh0123456789", min_size=12, max_size=31))
def test_no_message_shows_a_secret(secret: str) -> None:
    """Neither a refused secret nor the password in a refused URL is in the message."""
    for environ in ({"KINGPOST_SECRET": secret}, {"KINGPOST_DATABASE": f"mysql://user:{secret}@host/db"}):
        assert secret not in "\n".join(problems_of(environ))


def test_printed_settings_show_no_secret() -> None:
    """An error tracker may print what it finds in a traceback."""
    printed = repr(Settings(secret=(SECRET,), database="postgresql://app:pass-word@db/app", hosts=("a.example",)))
    assert SECRET not in printed
    assert "pass-word" not in printed
    assert "hosts=('a.example',)" in printed


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_makes_anything_but_settings_or_a_clear_refusal(content: bytes) -> None:
    """A TOML file and a file with a value may hold anything."""
    with TemporaryDirectory() as folder:
        Path(folder, "kingpost.toml").write_bytes(content)
        told = refusals(lambda: sources.load({}, directory=Path(folder)))
        Path(folder, "kingpost.toml").rename(Path(folder, "value"))
        told += refusals(lambda: sources.load({"KINGPOST_HOSTS_FILE": "value"}, directory=Path(folder)))
    assert all(problem.isprintable() for problem in told)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104  (nothing is bound)
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_judged_by_the_address(host: str, loopback: bool) -> None:
    """A name other than localhost is never taken for loopback."""
    assert Bind(host, 80).loopback is loopback
