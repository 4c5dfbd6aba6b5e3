"""The embedded defaults: SQLite file, secret and host names for somebody who just tries it. They exist only while bound to loopback."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import quote

from msgspec import structs

from kingpost.kernel.errors import ConfigurationError

from . import private_files
from .grammar import MAKE_A_SECRET
from .settings import Settings, SettingsInvalid

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_MENDS = {
    "database": "set KINGPOST_DATABASE to its URL, such as postgresql://user:password@host:5432/name",
    "secret": f"set KINGPOST_SECRET (or KINGPOST_SECRET_FILE); make one with: {MAKE_A_SECRET}",
    "hosts": "set KINGPOST_HOSTS to the names it is reached by, such as api.example.com",
}


def database_file(settings: Settings) -> Path:
    """The embedded SQLite file, as an absolute path."""
    return settings.data.absolute() / "kingpost.sqlite3"


def secret_file(settings: Settings) -> Path:
    """Where the generated secret is kept."""
    return settings.data.absolute() / "secret"


def keys_file(settings: Settings) -> Path:
    """Where the keys of the first run are kept for their owner: the database holds only digests."""
    return settings.data.absolute() / "keys.txt"


def complete(settings: Settings, *, create: bool) -> Settings:
    """The settings with database, secret and hosts filled in.

    Bound to loopback the embedded defaults take the place of what is missing; ``create`` makes folder and secret where they do not exist
    yet. Bound to anything else ``SettingsInvalid`` lists what is missing.
    """
    missing = tuple(name for name in _MENDS if not getattr(settings, name))
    if not missing:
        return settings
    if not settings.bind.loopback:
        raise SettingsInvalid(tuple(_refusal(settings, name) for name in missing))
    filled: dict[str, object] = {"embedded": missing}
    if "database" in missing:
        filled["database"] = _database(settings, create=create)
    if "secret" in missing:
        filled["secret"] = (_secret(settings, create=create),)
    if "hosts" in missing:
        filled["hosts"] = tuple(dict.fromkeys((*LOOPBACK_HOSTS, settings.bind.authority.rpartition(":")[0])))
    return structs.replace(settings, **filled)


def _refusal(settings: Settings, name: str) -> str:
    return f"KINGPOST_{name.upper()} is missing: bound to {settings.bind.authority}, which others can reach, there is no default; {_MENDS[name]}"


def _database(settings: Settings, *, create: bool) -> str:
    file = database_file(settings)
    if create:
        _make(settings, private_files.touch, file)
    elif not file.exists():
        message = f"there is no database: {file} does not exist; start with 'kingpost serve', or {_MENDS['database']}"
        raise ConfigurationError(message)
    return f"sqlite:///{quote(str(file))}"


def _make(settings: Settings, write: Callable[..., object], *arguments: object) -> None:
    """Make the folder where it is missing, then write into it."""
    try:
        private_files.make_folder(settings.data.absolute())
        write(*arguments)
    except OSError as error:
        mend = f"set KINGPOST_DATA to a folder that can, or {_MENDS['database']}"
        raise ConfigurationError(f"{settings.data} cannot be written: {error.strerror}; {mend}") from None


def _secret(settings: Settings, *, create: bool) -> str:
    file = secret_file(settings)
    try:
        if create and not file.exists():
            _make(settings, private_files.write_once, file, token_urlsafe(48) + "\n")
        if not private_files.is_private(file):
            message = f"others can read the secret in {file}; run: chmod 600 {file}"
            raise ConfigurationError(message)
        text = file.read_text("utf-8").strip()
    except FileNotFoundError:
        message = f"there is no secret: {file} does not exist; start with 'kingpost serve', or {_MENDS['secret']}"
        raise ConfigurationError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"the secret in {file} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}; {_MENDS['secret']}"
        raise ConfigurationError(message) from None
    if len(text) < 32:
        message = f"{file} holds no whole secret; restore it from a backup. Without it no issued key is valid"
        raise ConfigurationError(message)
    return text


def placeholder(settings: Settings) -> Settings:
    """The settings of a kernel that is only looked at: what is missing is filled with values that open nothing."""
    filled = {"database": "sqlite://", "secret": (token_urlsafe(48),), "hosts": LOOPBACK_HOSTS}
    return structs.replace(settings, **{name: value for name, value in filled.items() if not getattr(settings, name)})
