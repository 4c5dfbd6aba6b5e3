"""How a new component, its record and its routes are called: derived from few words, and refused where a name would not do. It reads no file.

Everything follows from the component's name and the record's: the words of messages, the functions, the path, the table, the prefix of ids.
"""

import builtins
import keyword
import re
import sys
from collections.abc import Iterator

from msgspec import Struct

from kingpost.adapters.runtime import discovery
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Facts, Kind, Record, Retention, columns, index_name

LONGEST = 24
"""Characters of a component's and of a record's name; an Alembic revision's id has room for so many."""

_COMPONENT = re.compile(r"[a-z][a-z0-9]*")
_RECORD = re.compile(r"([A-Z][a-z]+)+")
_PLURAL = re.compile(r"[a-z]+( [a-z]+)*")
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_RESERVED = frozenset(
    {
        *("adapters", "alembic", "conformance", "http", "isolation", "kernel", "kingpost", "platform", "schema", "specimen", "tests"),
        *("audit", "authorization", "configuration", "flags", "idempotency", "identity", "locking", "migrations", "oauth", "ratelimit"),
        *("resilience", "sagas", "secrets", "versioning"),
    }
)
"""Names that mean something here already or are kept for it: folders, components, the ledger, the subjects of the kit's cases."""
_ROUTES = frozenset({"docs", "livez", "metrics", "platform", "problems", "readyz", "specimens", "tenant", "tenants"})
"""First segments of paths that are the kernel's own, or the kit's."""


class Names(Struct, frozen=True, kw_only=True):
    """What everything is called. Refused names are ``ConfigurationError``, each with a mend."""

    component: str
    package: str
    record: str
    """``LineItem``."""
    plural: str
    """``line items``."""
    prefix: str
    """Of the record's TypeIDs."""

    @property
    def words(self) -> str:
        """``line item``."""
        return re.sub(r"(?<!^)([A-Z])", r" \1", self.record).lower()

    @property
    def thing(self) -> str:
        """``line_item``, as functions and variables are called."""
        return self.words.replace(" ", "_")

    @property
    def things(self) -> str:
        """``line_items``."""
        return self.plural.replace(" ", "_")

    @property
    def path(self) -> str:
        """``line-items``, as the path is called."""
        return self.plural.replace(" ", "-")

    @property
    def one(self) -> str:
        """``a line item``."""
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    def constraint(self, fields: tuple[str, ...], suffix: str) -> str:
        """The name of a constraint of the table, as both migration histories know it."""
        return index_name(self._record(), fields, suffix)

    @property
    def table(self) -> str:
        """``kingpost_shop_lineitem``."""
        return self._record().facts.table

    def _record(self) -> type[Record]:
        facts = Facts(
            component=self.component, name=self.record.lower(), retention=Retention("of nothing"), personal=(), tenant="tenant_id"
        )
        return type(self.record, (Record,), {"facts": facts})


def named(component: str, *, package: str | None = None, record: str | None = None, plural: str | None = None) -> Names:
    """The names of a new component. ``ConfigurationError`` lists every one that will not do."""
    thing = record or "".join(part.capitalize() for part in _singular(component).split("_"))
    names = Names(
        component=component,
        package=package or component,
        record=thing,
        plural=plural or _plural(re.sub(r"(?<!^)([A-Z])", r" \1", thing).lower()),
        prefix=_prefix(thing.lower()),
    )
    problems = tuple(_problems(names))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return names


def _problems(names: Names) -> Iterator[str]:
    """What is wrong, each with its mend."""
    yield from _component_problems(names.component)
    if names.package != names.component and not _is_path(names.package):
        yield f"--package {names.package!r} is no import path; write one such as shop.{names.component}"
    if not _RECORD.fullmatch(names.record) or len(names.record) > LONGEST:
        yield f"--record {names.record!r} must be a singular in capitalised words of letters, at most {LONGEST} in all: Ticket, LineItem"
    elif _is_taken(names.thing) or (names.things != names.thing and _is_taken(names.things)):
        yield f"--record {names.record!r} would hide a word of Python; choose another noun"
    if not _PLURAL.fullmatch(names.plural) or len(names.plural) > LONGEST + 4:
        yield f"--plural {names.plural!r} must be words of a-z: tickets, 'line items'"
    elif names.plural == names.words:
        yield f"{names.plural!r} would be the name of one and of many; name the many with --plural"
    elif names.path in _ROUTES:
        yield f"/{names.path} is a path of Kingpost's own; name the many otherwise with --plural"


def _component_problems(name: str) -> Iterator[str]:
    if not _COMPONENT.fullmatch(name) or len(name) > LONGEST:
        yield f"{name!r} cannot name a component: it is one word of a-z and 0-9 that begins with a letter, at most {LONGEST} of them, such as helpdesk"
    elif keyword.iskeyword(name) or name in _RESERVED or name in discovery.ours():
        yield f"{name!r} cannot name a component of yours, because it is a word of {'Python' if keyword.iskeyword(name) else 'Kingpost'}; choose another"
    elif name in sys.stdlib_module_names:
        yield f"{name!r} is a module of Python's standard library, which the package would hide; choose another name"


def _is_path(package: str) -> bool:
    return _PACKAGE.fullmatch(package) is not None and not any(map(keyword.iskeyword, package.split(".")))


def _is_taken(word: str) -> bool:
    return keyword.iskeyword(word) or keyword.issoftkeyword(word) or hasattr(builtins, word)


def _singular(word: str) -> str:
    """The one of many, as far as English is regular."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _plural(words: str) -> str:
    """The many of one, as far as English is regular."""
    if re.search(r"[^aeiou]y$", words):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("s", "x", "ch", "sh", "z")) else f"{words}s"


def _prefix(word: str) -> str:
    """Three letters of the word that begin no id of Kingpost's: its first ones, or its first and later ones."""
    letters = word if len(word) >= 3 else f"{word}xx"
    tried = (f"{letters[0]}{second}{third}" for at, second in enumerate(letters[1:], 1) for third in letters[at + 1 :])
    taken = prefixes()
    return next((prefix for prefix in tried if prefix not in taken and prefix.isalpha()), f"{letters[:3]}x")


def prefixes() -> frozenset[str]:
    """The prefixes of the ids of Kingpost's own records."""
    records = (record for component in discovery.components(discovery.ours()) for record in component.records)
    return frozenset(column.prefix for record in records for column in columns(record) if column.kind is Kind.ID and column.prefix)


def substitutions(names: Names) -> dict[str, str]:
    """The names as the templates ask for them."""
    told = {
        "App": names.component.capitalize(),
        "Thing": names.record,
        "thing": names.thing,
        "thing_words": names.words,
        "thing_code": names.thing.replace("_", "-"),
        "table_name": names.record.lower(),
        "a_thing": names.one,
        "A_thing": names.one[0].upper() + names.one[1:],
        "things": names.plural,
        "Things": names.plural.capitalize(),
        "things_name": names.things,
        "things_path": names.path,
        "table": names.table,
        "of_tenant": names.constraint(("tenant_id",), "fk"),
        "unique_id": names.constraint(("tenant_id", "id"), "uq"),
        "unique_title": names.constraint(("tenant_id", "title"), "uq"),
        "example_id": f"{names.prefix}_01h455vb4pex5vsknk084sn02q",
    }
    return {**{name: str(getattr(names, name)) for name in ("component", "package", "prefix")}, **told}
