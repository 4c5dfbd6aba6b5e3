"""What one step of a program decides: the choices that its bytes stand for, and what earlier steps have learned. It knows ids and tags, no operation.

Zero is the plainest choice everywhere, and bytes that are not there are zero.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from kingpost.conformance.target import Exchange, Reply

T = TypeVar("T")

TYPEID: Final = re.compile(r"\b([a-z](?:[a-z_]*[a-z])?)_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
KEY: Final = re.compile(r"\bkp_t_[0-9A-Za-z]+\b")
_NEXT: Final = re.compile(r'"next_cursor":"([^"]+)"')
_NOBODY: Final = "01h455vb4pex5vsknk084sn02q"
_MALFORMED: Final = ("{0}_{1}x", "{0}_8{1}", "x{0}_{1}", "{0}_", "{1}", "null", "'%20OR%201=1", "ten_{1}", "%00", "%FF", "é", "")


class Known:
    """What a program has learned from replies, in the order in which it learned it."""

    def __init__(self, platform: str = "") -> None:
        self.platform = platform
        self.keys: list[str] = []
        """Credentials of tenants."""
        self.ids: dict[str, list[str]] = {}
        """By prefix."""
        self.related: list[tuple[str, ...]] = []
        """Ids that stood in one answer about one thing."""
        self.gone: list[str] = []
        """Ids of what was deleted."""
        self.owners: dict[str, str | None] = {}
        """The credential that an id was first seen with."""
        self.tags: dict[str, list[str]] = {}
        """The entity tags of an id."""
        self.idle: set[str] = set()
        """Credentials that were refused when they were used last."""
        self.cursors: list[str] = []
        self.links: list[tuple[str | None, str]] = []
        """The targets of ``Link`` headers, each with the credential that it was given to."""

    def learn(self, exchange: Exchange, caller: str | None, reply: Reply, *, secret: bool) -> None:
        """Remember ids, tags, cursors and, of an answer that holds credentials, those; and what is gone, or refused for now."""
        if caller is not None:
            (self.idle.add if reply.status == 403 else self.idle.discard)(caller)
        if not 200 <= reply.status < 300:
            return
        if exchange.method == "DELETE":
            self._forget(exchange)
        text = reply.body.decode("utf-8", "replace")
        met = {match[0]: match[1] for match in TYPEID.finditer(text)}
        for id_, prefix in met.items():
            if id_ not in self.owners:
                self.owners[id_] = caller
                self.ids.setdefault(prefix, []).append(id_)
        if 1 < len(met) < 4 and not text.startswith('{"items":'):
            self.related.append(tuple(met))
        if secret:
            self.keys.extend(key for key in KEY.findall(text) if key not in self.keys)
        self._learn_headers(exchange, caller, reply, text)

    def _forget(self, exchange: Exchange) -> None:
        for match in TYPEID.finditer(exchange.path.decode("latin-1")):
            self.gone.append(match[0])
            self.ids[match[1]].remove(match[0])

    def _learn_headers(self, exchange: Exchange, caller: str | None, reply: Reply, text: str) -> None:
        tags, links = reply.all("etag"), reply.all("link")
        if tags:
            self._tag(_subject(exchange, reply, text), tags[0])
        for link in links:
            self.links.append((caller, link.partition("<")[2].partition(">")[0]))
        self.cursors.extend(_NEXT.findall(text) if links else ())

    def _tag(self, subject: str, tag: str) -> None:
        tags = self.tags.setdefault(subject, [])
        if not tags or tags[-1] != tag:
            tags.append(tag)


def _subject(exchange: Exchange, reply: Reply, text: str) -> str:
    """What a reply is about: what was made, or else the last id of the path, or else the first of the body."""
    for place in (*reply.all("location"), exchange.path.decode("latin-1")):
        found = [match[0] for match in TYPEID.finditer(place)]
        if found:
            return found[-1]
    first = TYPEID.search(text)
    return first[0] if first is not None else ""


class Turn:
    """The choices of one step."""

    def __init__(self, chosen: bytes, known: Known) -> None:
        """``chosen`` is read byte by byte."""
        self._chosen = chosen
        self._at = 0
        self.known = known
        self._near: tuple[str, ...] = ()
        self.caller: str | None = None
        self.wild = self.once_in(7)
        """Whether values may be wrong in this step."""

    def number(self, below: int) -> int:
        """0 to ``below`` - 1; at most 256 different ones."""
        at, self._at = self._at, self._at + 1
        return self._chosen[at] % below if at < len(self._chosen) else 0

    def of(self, pool: Sequence[T]) -> T:
        """One of them; the first is the plainest."""
        return pool[self.number(len(pool))]

    def once_in(self, times: int) -> bool:
        """True as often; never the plainest choice."""
        return self.number(times) == times - 1

    def rest(self) -> bytes:
        """The bytes that nobody has read."""
        return self._chosen[self._at :]

    def id_of(self, prefix: str) -> str:
        """An id of the kind: most often one that the caller has seen first, sometimes another's, one that is gone or never was, or none at all."""
        near = [each for each in self._near if each.startswith(f"{prefix}_")]
        if near:
            return self.of(near)
        known, gone = self.known.ids.get(prefix, ()), self.known.gone
        own = [each for each in known if self.known.owners[each] == self.caller] if self.caller else known
        way = self.number(16)
        if self.wild and way > 10:
            return self.of(_MALFORMED).format(prefix, _NOBODY)
        if way == 15 or not known:
            return self.of(gone[::-1]) if gone and self.once_in(2) else f"{prefix}_{_NOBODY}"
        pool = own if way < 12 and own else known
        return pool[-1 - self.number(len(pool))]

    def stay_near(self) -> None:
        """Most often take the ids of this step from one earlier answer, because they must belong together."""
        if self.known.related and not self.once_in(3):
            self._near = self.of(self.known.related[::-1])

    def call_as(self, scope: str, subject: str | None) -> None:
        """Decide who calls: most often who may, sometimes a neighbour, the platform, nobody, or somebody with a credential of their own making."""
        known = self.known
        owner = known.owners.get(subject) if subject is not None else None
        usual = {"platform": known.platform, "public": None}.get(scope, owner or self._tenant())
        way = self.number(32)
        neighbour = known.platform if way == 30 else self._tenant()
        wrong = self.of((None, "kp_t_none", f"{usual}x", "", "é"))
        self.caller = usual if way < 27 else neighbour if way < 31 else wrong

    def _tenant(self) -> str:
        keys = [key for key in self.known.keys if key not in self.known.idle] if not self.once_in(8) else self.known.keys
        pool = keys or self.known.keys
        return self.of(pool) if pool else "kp_t_none"

    def tag_of(self, subject: str | None) -> str | None:
        """An entity tag: most often the current one, sometimes an older one, one that never was, or none."""
        tags = self.known.tags.get(subject or "", ('"x-1"',))
        way = self.number(16)
        if way < 12:
            return tags[-1]
        return tags[-1 - self.number(len(tags))] if way < 14 else self.of((None, "*", '"x-1"', f"W/{tags[-1]}", "unquoted", "", '"a", "b"'))
