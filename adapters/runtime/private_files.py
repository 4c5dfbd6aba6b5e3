"""Files that only their owner may read. It knows modes and atomic writing, not what the files hold."""

import errno
import os
import stat
from pathlib import Path
from secrets import token_hex

PRIVATE = 0o600
_PRIVATE_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Make the folder with mode 0700 where it is missing; ``OSError`` where that is not possible."""
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)


def touch(file: Path) -> None:
    """Make an empty file of mode 0600 where there is none; SQLite gives its mode to the files beside it."""
    file.touch(mode=PRIVATE, exist_ok=True)


def write_once(file: Path, text: str) -> bool:
    """Write a file of mode 0600 that must not exist yet; False where it exists. Of several processes one wins, and nobody sees half a file."""
    draft = _draft(file, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace(file: Path, text: str) -> None:
    """Write a file of mode 0600, in place of what may be there."""
    _draft(file, text).replace(file)


def _draft(file: Path, text: str) -> Path:
    if not file.name:  # "" or "/"
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    draft = file.with_name(f".{file.name}.{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    return draft


def is_private(file: Path) -> bool:
    """Whether nobody but the owner may read or write the file; ``OSError`` where there is none."""
    return not stat.S_IMODE(file.stat().st_mode) & 0o077
