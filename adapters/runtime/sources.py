"""Where settings come from: environment, files named there, a TOML file, a host's mapping. It knows precedence and names; it checks no value itself.

The environment wins over the TOML file. ``KINGPOST_X_FILE`` names a file whose text is the value of ``KINGPOST_X``. Everything that is
wrong is told at once.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from . import grammar
from .settings import Settings, SettingsInvalid

READERS: Mapping[str, grammar.Reader] = {
    "database": grammar.database,
    "migration_database": grammar.database,
    "secret": grammar.texts(grammar.secret),
    "hosts": grammar.texts(grammar.host),
    "bind": grammar.bind,
    "components": grammar.texts(grammar.component),
    "cors_origins": grammar.texts(grammar.origin, empty=True),
    "cors_credentials": grammar.switch,
    "cors_max_age": grammar.integer(0, 86_400, "seconds"),
    "body_limit": grammar.integer(1, 1_073_741_824, "bytes"),
    "request_seconds": grammar.seconds(0.1, 3600),
    "prefix": grammar.prefix,
    "docs": grammar.switch,
    "metrics": grammar.switch,
    "access_log": grammar.switch,
    "log_format": grammar.choice("json", "text"),
    "accept_weakened_etags": grammar.switch,
    "durability": grammar.choice("normal", "full"),
    "pool_size": grammar.integer(1, 1000, "connections"),
    "prepare": grammar.switch,
    "cache_seconds": grammar.seconds(0, 60),
    "people": grammar.choice("host"),
    "trusted_origins": grammar.texts(grammar.trusted_origin, empty=True),
    "mirror_seconds": grammar.seconds(60, 1_209_600),
    "session_cookie": grammar.token,
    "csrf_cookie": grammar.token,
    "csrf_header": grammar.token,
    "host_accounts": grammar.accounts,
    "host_sessions": grammar.table_or_none,
    "http_allow": grammar.texts(grammar.allowed, empty=True),
    "server": grammar.choice("granian", "uvicorn", "gunicorn"),
    "workers": grammar.integer(1, 256, "processes"),
    "data": grammar.folder,
}
"""How each setting is read; the keys are the settings."""

_PREFIX = "KINGPOST_"
_CONFIG = "KINGPOST_CONFIG"
_DEFAULT_CONFIG = "kingpost.toml"
_LONGEST_FILE = 65_536

_NOT_OURS = re.compile(r"KINGPOST_(TEST_\w+|CONFORMANCE_KEY|REQUIRE_SERVICES|(\w+_)?SERVICE_(HOST|PORT(_\w+)?))")
"""Names of the test suite and of the conformance kit, and those that Kubernetes gives every pod beside a service called kingpost."""
_LINK = re.compile(r"(tcp|udp|sctp)://")
"""``KINGPOST_PORT=tcp://10.0.0.1:8000`` is Kubernetes too."""


def load(environ: Mapping[str, str], *, directory: Path) -> Settings:
    """The settings of a process started in ``directory`` with ``environ``. ``SettingsInvalid`` lists everything that is wrong."""
    problems: list[str] = []
    from_file, file = _toml(environ, directory, problems)
    from_environment = dict(_environment(environ, problems))
    found = {name: (value, f"{name} in {file}") for name, value in _known(from_file, str(file), problems)}
    found |= {name: (value, f"{_PREFIX}{name.upper()}") for name, value in from_environment.items()}
    return _settings(_opened(found, directory, problems), problems)


def from_mapping(values: Mapping[str, object], *, spell: Callable[[str], str]) -> Settings:
    """The settings in a host's own mapping with upper-case keys; ``spell`` says how a message names a key: ``KINGPOST["SECRET"]``."""
    lowered = {name.lower(): value for name, value in values.items()}
    unknown = sorted(lowered.keys() - READERS.keys())
    problems = [f"{spell(name.upper())} is not a setting{_nearest(name, str.upper)}; remove it" for name in unknown]
    found = {name: (value, spell(name.upper())) for name, value in lowered.items() if name in READERS}
    return _settings(found, problems)


def _settings(found: Mapping[str, tuple[object, str]], problems: list[str]) -> Settings:
    values: dict[str, Any] = {}  # each reader returns the type of its field, and a test reads every setting
    for name, (value, label) in found.items():
        try:
            values[name] = READERS[name](value)
        except ValueError as wrong:
            problems.append(f"{label} {wrong}")
    if values.get("cors_credentials") and "*" in values.get("cors_origins", ()):
        problems.append(
            f"{found['cors_credentials'][1]} is on while every origin (*) is allowed: any site could act for your users; list the origins"
        )
    if problems:
        raise SettingsInvalid(tuple(problems))
    return Settings(**values)


def _environment(environ: Mapping[str, str], problems: list[str]) -> Iterable[tuple[str, object]]:
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or variable == _CONFIG or _is_not_ours(variable, environ[variable]):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if variable.isupper() and name.removesuffix("_file") in READERS:
            yield name, environ[variable]
        else:
            problems.append(f"{grammar.shown(variable)[1:-1]} is not a setting{_nearest(name, _spelled)}; remove it")


def _is_not_ours(variable: str, value: str) -> bool:
    return _NOT_OURS.fullmatch(variable) is not None or ("_PORT" in variable and _is_kubernetes_link(variable, value))


def _is_kubernetes_link(variable: str, value: str) -> bool:
    return (
        _LINK.match(value) is not None or re.fullmatch(r"KINGPOST_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)", variable) is not None
    )


def _spelled(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _nearest(name: str, spell: Callable[[str], str]) -> str:
    near = difflib.get_close_matches(name, READERS, n=1, cutoff=0.6)
    return f" (did you mean {spell(near[0])}?)" if near else ""


def _toml(environ: Mapping[str, str], directory: Path, problems: list[str]) -> tuple[Mapping[str, object], Path]:
    """The TOML file's keys: of the file that KINGPOST_CONFIG names, else of ./kingpost.toml if it exists."""
    named = environ.get(_CONFIG)
    file = directory / (named or _DEFAULT_CONFIG)
    shown = Path(named or _DEFAULT_CONFIG)
    if named is None and not file.exists():
        return {}, shown
    text = _read(file, f"{_CONFIG} names {shown}" if named is not None else f"there is {shown}", problems)
    try:
        return tomllib.loads(text or ""), shown
    except tomllib.TOMLDecodeError as wrong:
        problems.append(f"{shown} is not TOML: {wrong}")
        return {}, shown


def _known(values: Mapping[str, object], file: str, problems: list[str]) -> Iterable[tuple[str, object]]:
    for name, value in values.items():
        if name.removesuffix("_file") in READERS:
            yield name, value
        else:
            problems.append(f"{grammar.shown(name)} in {file} is not a setting{_nearest(name, str)}; remove it")


def _opened(found: dict[str, tuple[object, str]], directory: Path, problems: list[str]) -> dict[str, tuple[object, str]]:
    """Replace every ``x_file`` by ``x`` with the text of the file."""
    opened = {name: entry for name, entry in found.items() if name in READERS}
    for name, (value, label) in found.items():
        target = name.removesuffix("_file")
        if name in READERS:
            continue
        if target in opened:
            problems.append(f"{label} and {opened[target][1]} are both set; keep one of them")
        elif not isinstance(value, str) or not value.strip() or "\0" in value:
            problems.append(f"{label} must name a file")
        else:
            text = _read(directory / value.strip(), f"{label} names {grammar.shown(value.strip())[1:-1]}", problems)
            if text is not None:
                opened[target] = (text.strip(), label)
    return opened


def _read(file: Path, said: str, problems: list[str]) -> str | None:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        problems.append(f"{said}, which cannot be read: {getattr(error, 'strerror', None) or 'not a file name'}")
        return None
    if len(content) > _LONGEST_FILE:
        problems.append(f"{said}, which is larger than {_LONGEST_FILE} bytes; it should hold one value")
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        problems.append(f"{said}, which is not UTF-8 text")
        return None
