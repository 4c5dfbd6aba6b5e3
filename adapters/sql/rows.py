"""Rows in and out of statements, by functions generated once per statement. It knows fields and codecs; it runs nothing.

A generated function has no loop and no look-up by name: reading a row of thirteen fields costs about a microsecond beside its codecs. The
source holds only names of Struct fields, which Python has accepted as identifiers.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from kingpost.kernel.records import Record, column

from .codecs import Convert, decoder, encoder
from .executor import Dialect, Parameters, Row
from .statements import EXPECTED, KEY, TENANT, Statement

ReadOne: TypeAlias = Callable[[Row, str, str | None], Record]
"""The record of a row; key and tenant are known already and not decoded again where the row leaves them out."""
BindRow: TypeAlias = Callable[[Record, int | None], Parameters]
"""The parameters of an INSERT or UPDATE from the record and its expected version."""

_NEW: Final = "new_"


def reader(record: type[Record], fields: tuple[str, ...], dialect: Dialect) -> ReadOne:
    """The function that makes a record of a row with ``fields``; of the others only the key and the tenant may be missing."""
    facts = record.facts
    given = {facts.tenant or "": "tenant", facts.key: "key"}
    names: dict[str, object] = {"Made": record}
    parts: list[str] = []
    for name in record.__struct_fields__:
        if name not in fields:
            parts.append(f"{name}={given[name]}")
            continue
        parts.append(f"{name}={_converted(name, f'f_{name}', decoder(column(record, name), dialect), record, names)}")
    unpacked = "".join(f"f_{name}, " for name in fields)
    unpack = f"    {unpacked}= row\n" if fields else ""
    return generated(f"def made(row, key, tenant):\n{unpack}    return Made({', '.join(parts)})\n", names)  # type: ignore[return-value]


def binder(record: type[Record], statement: Statement, dialect: Dialect) -> BindRow:
    """The function that takes an INSERT's or UPDATE's parameters from a record; ``version`` becomes ``expected + 1``."""
    names: dict[str, object] = {}
    parts: list[str] = []
    for name in statement.names:
        field = _field(record, name)
        if name == EXPECTED:
            parts.append("expected")
        elif name == f"{_NEW}version" and record.facts.versioned:
            parts.append("expected + 1")
        else:
            parts.append(_converted(field, f"row.{field}", encoder(column(record, field), dialect), record, names))
    return generated(f"def made(row, expected):\n    return ({''.join(f'{part}, ' for part in parts)})\n", names)  # type: ignore[return-value]


def _field(record: type[Record], name: str) -> str:
    if name == KEY:
        return record.facts.key
    if name == TENANT:
        return record.facts.tenant or ""
    return name.removeprefix(_NEW) if name.startswith(_NEW) and name not in record.__struct_fields__ else name


def _converted(name: str, source: str, convert: Convert | None, record: type[Record], names: dict[str, object]) -> str:
    """The expression for one value."""
    if convert is None:
        return source
    names[f"c_{name}"] = convert
    call = f"c_{name}({source})"
    return f"None if {source} is None else {call}" if column(record, name).nullable else call


def generated(source: str, names: dict[str, object]) -> object:
    """The function ``made`` of the source, which may use ``names``."""
    space = dict(names)
    exec(source, space)  # noqa: S102  (the text is made above, from identifiers only; measured at a third of a loop over converters)
    return space["made"]
