"""Writes a new component into a project: everything or nothing, and nothing over what is there. It knows folders and no text."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from kingpost.kernel.errors import ConfigurationError

_PARENT = '"""What belongs to {name}."""\n'
"""The door of a package above the component, where there is none yet."""


def planned(folder: Path, package: str, texts: Mapping[str, str]) -> dict[Path, str]:
    """File -> text below the project's ``folder``, the doors of missing parent packages among them.

    ``ConfigurationError`` where the folder is none, where something is there already, or where another package of that name would be imported.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"--folder {folder} is no folder; make it, or name the folder of the project")
    place = folder.joinpath(*package.split("."))
    if place.exists() or place.is_symlink():
        raise ConfigurationError(f"{place} is there already, and nothing is written over it; choose another name or move it away")
    _refuse_shadow(folder, package)
    return {**dict(_parents(folder, package)), **{place / path: text for path, text in texts.items()}}


def _parents(folder: Path, package: str) -> Iterator[tuple[Path, str]]:
    """Doors of parent packages that do not exist; a folder that does is left as it is."""
    above = folder
    for part in package.split(".")[:-1]:
        above /= part
        if above.exists() and not above.is_dir():
            raise ConfigurationError(f"{above} is a file, so no package can lie in it; choose another --package")
        if not above.exists():
            yield above / "__init__.py", _PARENT.format(name=part)


def _refuse_shadow(folder: Path, package: str) -> None:
    """A package of the same name that is installed would be imported in place of the new one, or be hidden by it."""
    top = package.partition(".")[0]
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return
    places = [] if spec is None else [Path(place).resolve() for place in spec.submodule_search_locations or [spec.origin or ""]]
    if places and (folder / top).resolve() not in places:
        raise ConfigurationError(f"a package {top!r} is importable already, from {places[0]}; choose another name, or --package")


def write(files: Mapping[Path, str]) -> None:
    """Write all of them. ``ConfigurationError`` when one cannot be written; what was written until then is taken away again."""
    done: list[Path] = []
    made: list[Path] = []
    try:
        for file, text in files.items():
            made += _folders(file.parent)
            with file.open("x", encoding="utf-8") as opened:
                done.append(file)
                opened.write(text)
    except OSError as error:
        for file in done:
            file.unlink()
        for folder in reversed(made):
            folder.rmdir()
        raise ConfigurationError(f"{error.filename} cannot be written: {error.strerror}; nothing was changed") from None


def _folders(folder: Path) -> list[Path]:
    """Make the folder and those above it; the ones that were made, the outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()][::-1]
    for each in missing:
        each.mkdir()
    return missing
