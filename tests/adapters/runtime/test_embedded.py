"""Laws of the embedded defaults: only on loopback, made once, readable by their owner alone."""

import os
import stat
import threading
from pathlib import Path

import pytest

from kingpost.adapters.runtime import embedded, private_files
from kingpost.adapters.runtime.settings import Bind, Settings, SettingsInvalid
from kingpost.kernel.errors import ConfigurationError

SECRET = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZQ"

EVERYWHERE = "0.0.0.0"  # noqa: S104  (nothing is bound)


def mode(file: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(file.stat().st_mode)


def test_on_loopback_everything_is_filled_in(tmp_path: Path) -> None:
    """Database, secret and hosts come from the folder of the embedded defaults."""
    settings = embedded.complete(Settings(data=tmp_path / "data"), create=True)
    assert settings.database == f"sqlite:///{tmp_path}/data/kingpost.sqlite3"
    assert len(settings.secret[0]) >= 64
    assert settings.hosts == ("localhost", "127.0.0.1", "[::1]")
    assert settings.embedded == ("database", "secret", "hosts")


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    """A second start has the same secret, so keys stay valid."""
    first, second = (embedded.complete(Settings(data=tmp_path / "data"), create=True) for _ in range(2))
    assert first.secret == second.secret


def test_only_the_owner_can_read_the_secret(tmp_path: Path) -> None:
    """Folder and file are private whatever the umask."""
    before = os.umask(0)
    try:
        embedded.complete(Settings(data=tmp_path / "data"), create=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "data") == 0o700
    assert mode(tmp_path / "data" / "secret") == 0o600


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """The message is the command that mends it."""
    settings = Settings(data=tmp_path / "data")
    embedded.complete(settings, create=True)
    (tmp_path / "data" / "secret").chmod(0o644)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {tmp_path}/data/secret"):
        embedded.complete(settings, create=True)


@pytest.mark.parametrize("content", [b"", b"cut", b"\xff" * 64])
def test_a_damaged_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    """It is never replaced: that would end every key."""
    settings = Settings(data=tmp_path / "data")
    embedded.complete(settings, create=True)
    (tmp_path / "data" / "secret").write_bytes(content)
    with pytest.raises(ConfigurationError, match="secret"):
        embedded.complete(settings, create=True)
    assert (tmp_path / "data" / "secret").read_bytes() == content


@pytest.mark.parametrize("bind", [Bind(EVERYWHERE, 80), Bind("::", 80), Bind("10.0.0.1", 80), Bind("api.example.com", 80)])
def test_bound_to_anything_else_every_missing_setting_is_told(tmp_path: Path, bind: Bind) -> None:
    """There is no default that others could reach, and nothing is made."""
    with pytest.raises(SettingsInvalid) as invalid:
        embedded.complete(Settings(bind=bind, data=tmp_path / "data"), create=True)
    assert [problem.split(" ", 1)[0] for problem in invalid.value.problems] == ["KINGPOST_DATABASE", "KINGPOST_SECRET", "KINGPOST_HOSTS"]
    assert not (tmp_path / "data").exists()


def test_bound_to_anything_else_a_single_missing_setting_is_told(tmp_path: Path) -> None:
    """Two of three are not enough."""
    settings = Settings(bind=Bind(EVERYWHERE, 80), database="postgresql://db/app", secret=(SECRET,), data=tmp_path)
    with pytest.raises(SettingsInvalid, match="KINGPOST_HOSTS is missing"):
        embedded.complete(settings, create=True)


def test_complete_settings_stay_as_they_are(tmp_path: Path) -> None:
    """Nothing is made where nothing is missing."""
    settings = Settings(
        bind=Bind(EVERYWHERE, 80), database="postgresql://db/app", secret=(SECRET,), hosts=("a.example",), data=tmp_path / "data"
    )
    assert embedded.complete(settings, create=True) is settings
    assert not (tmp_path / "data").exists()


def test_a_command_that_only_asks_makes_nothing(tmp_path: Path) -> None:
    """A mistyped folder does not become an empty database."""
    with pytest.raises(ConfigurationError, match="there is no database"):
        embedded.complete(Settings(data=tmp_path / "data"), create=False)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The message names the setting that mends it."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigurationError, match="set KINGPOST_DATA"):
        embedded.complete(Settings(data=tmp_path / "data"), create=True)


def test_of_many_writers_one_wins_and_nobody_reads_half(tmp_path: Path) -> None:
    """Processes that start together agree on one secret."""
    file, barrier, won = tmp_path / "secret", threading.Barrier(8), []

    def write(text: str) -> None:
        barrier.wait()
        won.append((private_files.write_once(file, text), text))

    threads = [threading.Thread(target=write, args=(str(number) * 5000,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [text for wrote, text in won if wrote]
    assert file.read_text() == winner
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_replacing_keeps_the_file_private(tmp_path: Path) -> None:
    """A file that was open to others is not after it is replaced."""
    file = tmp_path / "keys"
    file.write_text("old")
    file.chmod(0o644)
    private_files.replace(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)
    assert private_files.is_private(file)


def test_a_kernel_can_be_looked_at_without_any_setting(tmp_path: Path) -> None:
    """A placeholder fills what is missing and keeps what is there."""
    settings = embedded.placeholder(Settings(hosts=("a.example",), data=tmp_path / "data"))
    assert (settings.database, settings.hosts) == ("sqlite://", ("a.example",))
    assert len(settings.secret[0]) >= 64
    assert not (tmp_path / "data").exists()
