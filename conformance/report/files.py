"""Writes the reports into a folder. It knows their file names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kingpost.conformance.results import Report
from kingpost.kernel.errors import ConfigurationError

from .document import document
from .junit import junit
from .page import page

_FORMS: Final[Mapping[str, Callable[[Report], bytes]]] = {"report.json": document, "junit.xml": junit, "report.html": page}


def prepare(folder: Path) -> None:
    """Make the folder before anything is tried, so that no run is lost for want of a place. ``ConfigurationError`` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FORMS:
            (folder / name).touch()
    except OSError as error:
        raise ConfigurationError(f"--report {folder}: {error.strerror}; name a folder that can be written") from None


def write(report: Report, folder: Path) -> tuple[str, ...]:
    """Write each form; the paths of the files."""
    for name, form in _FORMS.items():
        (folder / name).write_bytes(form(report))
    return tuple(str(folder / name) for name in _FORMS)
