"""The lists of expected failures: one file for each target, ``"check.id" = "reason"``. It knows the file, and what is wrong with one.

A list is strict. An entry that passes fails the run, and so does one that names no check: what is mended leaves the list, and no check disappears unseen.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from kingpost.conformance.names import suggestion
from kingpost.conformance.results import Result
from kingpost.kernel.errors import ConfigurationError

Expected: TypeAlias = Mapping[str, str]
FOLDER: Final = Path(__file__).parent
LAW: Final = "Every expected failure names a check of the kit."


def written_for(target: str) -> Expected:
    """The list that the kit itself brings for a target; empty where it brings none."""
    path = FOLDER / f"{target}.toml"
    return read(path) if "/" not in target and path.is_file() else {}


def read(path: Path) -> Expected:
    """The list in a file. ``ConfigurationError`` where it is none."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return dict(_entries("", document))
    except OSError as error:
        raise ConfigurationError(f"--expected {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"--expected {path}: {error}") from None
    except msgspec.ValidationError:
        raise ConfigurationError(f'--expected {path}: every line must be "check.id" = "reason", with a reason in it') from None


def _entries(prefix: str, document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Entries with their whole ids: without quotes TOML takes the dots of an id for tables."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _entries(f"{prefix}{name}.", msgspec.convert(value, dict[str, object]))
        elif isinstance(value, str) and value.strip():
            yield f"{prefix}{name}", value
        else:
            raise msgspec.ValidationError


def stale(expected: Expected, target: str, ids: Collection[str]) -> Iterator[Result]:
    """A failure for each entry that names none of these checks."""
    for id_ in sorted(set(expected) - set(ids)):
        yield Result(
            check=f"expected.{id_}",
            component="expected",
            tier="core",
            law=LAW,
            target=target,
            outcome="failed",
            seconds=0.0,
            text=f"The list of expected failures of {target} names {id_!r}, which is no check{suggestion(id_, ids)}",
        )
