"""``id``: TypeID to UUID and back. It knows the two spellings and no record."""

from argparse import ArgumentParser, Namespace
from typing import TextIO
from uuid import UUID

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.typeid import encode, split

HELP = "turn a TypeID into its UUID, or a UUID with a prefix into a TypeID"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("id", help="prd_01h455vb4pex5vsknk084sn02q, or 01890a5d-ac96-774b-bcce-b302099a8057")
    parser.add_argument("prefix", nargs="?", help="for a UUID: the prefix of the TypeID, such as prd")


def run(arguments: Namespace, out: TextIO) -> int:
    """Print the other spelling."""
    print(
        _to_typeid(arguments.id, arguments.prefix) if _looks_like_uuid(arguments.id) else _to_uuid(arguments.id, arguments.prefix), file=out
    )
    return 0


def _looks_like_uuid(text: str) -> bool:
    return "_" not in text and len(text.replace("-", "")) == 32


def _to_typeid(text: str, prefix: str | None) -> str:
    if prefix is None:
        raise ConfigurationError("a UUID needs the prefix of its TypeID: kingpost id UUID PREFIX, with a prefix such as ten or key")
    try:
        return encode(prefix, UUID(text))
    except ValueError as error:
        raise ConfigurationError(f"this is no id: {error}") from None


def _to_uuid(text: str, prefix: str | None) -> UUID:
    try:
        found, value = split(text)
    except ValueError as error:
        raise ConfigurationError(f"this is neither a TypeID nor a UUID: {error}") from None
    if prefix is not None and prefix != found:
        raise ConfigurationError(f"the id has the prefix {found!r}, not {prefix!r}")
    return value
