"""Programs for parity: a Hypothesis state machine that plays the life of tenants and products, bad input included. It knows the API, no target."""

from datetime import UTC, datetime
from typing import ClassVar, Final

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from kingpost.kernel.records import Record

from .mischief import BAD_BODIES, ETAGS, HEADERS, METHODS, PATHS, QUERIES
from .parity import Parity
from .target import Exchange, HeaderLines, Reply, Target

NOW: Final = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
WHO: Final = st.integers(0, 3)
WHICH: Final = st.integers(0, 5)
CALLERS: Final = st.sampled_from((None, None, None, 0, 1))
"""Who calls for a product: most often its owner (None), sometimes some tenant."""
TEXTS: Final = st.sampled_from(("Mug", "x" * 200, " e\u0301 \U0001f600", "</p>", "%_\\", "\u2028", 'a"b', "zwölf", "\x7f"))
PRICES: Final = st.sampled_from((0, 1, 1999, 10**15))
CURRENCIES: Final = st.sampled_from(("EUR", "JPY"))
STATUSES: Final = st.sampled_from(("draft", "active", "archived"))
SLUGS: Final = st.sampled_from(("acme", "beta", "gamma-2", "a1", "delta", "eta", "first", "admin", "Bad", "a--b"))
SKUS: Final = st.sampled_from(("A", "B-1", "c.d_e", "Z" * 64, "a", "D", "E", "bad sku"))
HOSTS: Final = st.sampled_from(("shop.acme.example", "b.example", "c.example", "Upper.example"))
DELTAS: Final = st.sampled_from((1, 2, 40, 0, -1, -3, -(10**9), 10**9, 10**9 + 1))
ATTRIBUTES: Final = st.dictionaries(
    st.sampled_from(("size", "colour", "a", "zz", "\u00e9")), st.sampled_from(("", "blue", "\u00e9")), max_size=3
)
NOTHING_ODD: Final = st.just(list[HeaderLines]())
ODD_HEADERS: Final = st.one_of(NOTHING_ODD, NOTHING_ODD, NOTHING_ODD, st.lists(st.sampled_from(HEADERS), min_size=1, max_size=2))


def some(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """A JSON object with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


PRICE: Final = st.fixed_dictionaries({"amount": PRICES, "currency": CURRENCIES})
NEW_PRODUCT: Final = st.fixed_dictionaries(
    {"sku": SKUS, "name": TEXTS, "price": PRICE},
    optional={"description": TEXTS, "status": STATUSES, "stock": st.sampled_from((0, 1, 40, 7, 10**12, -1)), "attributes": ATTRIBUTES},
)
PRODUCT_CHANGE: Final = some(sku=SKUS, name=TEXTS, price=PRICE, description=TEXTS, status=STATUSES, attributes=ATTRIBUTES)
NEW_TENANT: Final = st.fixed_dictionaries(
    {"slug": SLUGS, "name": TEXTS},
    optional={
        "plan": st.sampled_from(("free", "Gold")),
        "hosts": st.lists(HOSTS, max_size=2),
        "host_ref": st.sampled_from(("1", "e\u0301", "2")),
    },
)
TENANT_CHANGE: Final = some(
    slug=SLUGS, name=TEXTS, plan=st.just("team"), hosts=st.lists(HOSTS, max_size=2), host_ref=st.sampled_from((None, "1"))
)
FILTERS: Final = some(
    status=STATUSES, sku=SKUS, currency=CURRENCIES, min_price=PRICES, max_price=PRICES, limit=st.sampled_from((1, 2, 1, 3, 200, 0))
)
ACTIONS: Final = st.tuples(
    st.sampled_from(("suspend", "resume", "close", "reopen")),
    some(reason=TEXTS, grace_days=st.sampled_from((0, 1, 30, -1))),
)
ODD_REQUESTS: Final = st.tuples(st.sampled_from(METHODS), st.sampled_from(PATHS), st.sampled_from(QUERIES))


class Party(msgspec.Struct):
    """A tenant as the program knows it."""

    id: str
    key: str
    etag: str


class Item(msgspec.Struct):
    """A product as the program knows it."""

    id: str
    etag: str
    key: str = ""
    """The credential of its owner."""
    stale: str = '"x-1"'


class LifeProgram(RuleBasedStateMachine):
    """Tenants and products live, and strange requests come in between; every target gives the same answers and ends with the same rows."""

    targets: ClassVar[tuple[Target, ...]] = ()
    records: ClassVar[tuple[type[Record], ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.parity = Parity(self.targets)
        self.parties: list[Party] = []
        self.items: list[Item] = []
        self.cursors: list[str] = ["AAAA"]
        self.links: list[tuple[str, str]] = []
        self.platform = ""
        self.sends = 0

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        """Every target starts empty, with the same platform key and two tenants."""
        keys = {target.reset(seed=seed, now=NOW) for target in self.targets}
        assert len(keys) == 1, "targets do not draw the same credential from the same seed"
        self.platform = keys.pop()
        for slug in ("first", "second"):
            self.create_tenant({"slug": slug, "name": slug}, [])

    def ask(
        self,
        method: str,
        path: str,
        *,
        key: str,
        body: object = msgspec.UNSET,
        raw: bytes = b"",
        etag: str | None = None,
        extra: list[HeaderLines] | None = None,
    ) -> Reply:
        """One exchange with all targets."""
        self.sends += 1
        content = raw if body is msgspec.UNSET else msgspec.json.encode(body)
        lines = [(b"host", b"testserver"), (b"request-id", b"step-%d" % self.sends), (b"authorization", b"Bearer " + key.encode())]
        if content:
            lines.append((b"content-type", b"application/json"))
        if etag is not None:
            lines.append((b"if-match", etag.encode()))
        odd = [line for group in extra or [] for line in group]
        replaced = {name for name, _ in odd}
        headers = (*(line for line in lines if line[0] not in replaced), *odd)
        return self.parity.send(Exchange(method=method, target=path.encode("latin-1"), headers=headers, body=content))

    def party(self, who: int) -> Party:
        """One of the tenants."""
        return self.parties[who % len(self.parties)]

    def caller(self, item: Item, who: int | None) -> str:
        """The credential of the product's owner, or of some tenant."""
        return item.key if who is None and item.key else self.party(who or 0).key

    def item(self, which: int) -> Item:
        """One of the products, of whatever tenant; or one that does not exist."""
        absent = Item(id="prd_01h455vb4pex5vsknk084sn02q", etag='"x-1"')
        return self.items[which % len(self.items)] if self.items and which < 5 else absent

    @rule(body=NEW_TENANT, odd=ODD_HEADERS)
    def create_tenant(self, body: dict[str, object], odd: list[HeaderLines]) -> None:
        """Create a tenant."""
        reply = self.ask("POST", "/platform/tenants", key=self.platform, body=body, extra=odd)
        if reply.status == 201:
            made = reply.json()
            tenant = msgspec.convert(made["tenant"], dict[str, object])
            self.parties.append(Party(id=str(tenant["id"]), key=str(made["key"]), etag=reply.one("etag") or ""))

    @rule(who=WHO, action=ACTIONS, etag=ETAGS)
    def move_tenant(self, who: int, action: tuple[str, dict[str, object]], etag: str | None) -> None:
        """Suspend, resume, close or reopen a tenant."""
        party, (verb, body) = self.party(who), action
        known = party.etag if etag == "current" else etag
        content: object = body if verb in ("suspend", "close") else msgspec.UNSET
        reply = self.ask("POST", f"/platform/tenants/{party.id}/{verb}", key=self.platform, body=content, etag=known)
        party.etag = reply.one("etag") or party.etag

    @rule(who=WHO, body=TENANT_CHANGE, etag=ETAGS)
    def update_tenant(self, who: int, body: dict[str, object], etag: str | None) -> None:
        """Change a tenant."""
        party = self.party(who)
        known = party.etag if etag == "current" else etag
        reply = self.ask("PATCH", f"/platform/tenants/{party.id}", key=self.platform, body=body, etag=known)
        party.etag = reply.one("etag") or party.etag

    @rule(who=WHO, method=st.sampled_from(("GET", "HEAD")), own=st.booleans(), odd=ODD_HEADERS)
    def read_tenant(self, who: int, method: str, *, own: bool, odd: list[HeaderLines]) -> None:
        """Read a tenant, as itself or as the platform."""
        party = self.party(who)
        self.ask(method, "/tenant" if own else f"/platform/tenants/{party.id}", key=party.key if own else self.platform, extra=odd)

    @rule(limit=st.sampled_from((1, 2, 50)), status=st.sampled_from(("active", "closed", "")), at=WHICH)
    def list_tenants(self, limit: int, status: str, at: int) -> None:
        """List tenants, from some cursor."""
        filters: dict[str, object] = {"limit": limit, **({"status": status} if status else {})}
        self.page("/platform/tenants", self.platform, filters, at)

    @rule(who=WHO, body=NEW_PRODUCT, odd=ODD_HEADERS)
    def create_product(self, who: int, body: dict[str, object], odd: list[HeaderLines]) -> None:
        """Create a product."""
        key = self.party(who).key
        reply = self.ask("POST", "/products", key=key, body=body, extra=odd)
        if reply.status == 201:
            self.items.append(Item(id=str(reply.json()["id"]), etag=reply.one("etag") or "", key=key))

    @rule(who=CALLERS, which=WHICH, body=PRODUCT_CHANGE, etag=ETAGS)
    def update_product(self, who: int | None, which: int, body: dict[str, object], etag: str | None) -> None:
        """Change a product, one's own or another's."""
        item = self.item(which)
        known = {"current": item.etag, "stale": item.stale}.get(etag or "", etag)
        reply = self.ask("PATCH", f"/products/{item.id}", key=self.caller(item, who), body=body, etag=known)
        if reply.status == 200:
            item.stale, item.etag = item.etag, reply.one("etag") or ""

    @rule(who=CALLERS, which=WHICH, delta=DELTAS)
    def adjust_stock(self, who: int | None, which: int, delta: int) -> None:
        """Receive or take pieces."""
        item = self.item(which)
        reply = self.ask("POST", f"/products/{item.id}/stock-adjustments", key=self.caller(item, who), body={"delta": delta})
        if reply.status == 200:
            item.stale, item.etag = item.etag, reply.one("etag") or ""

    @precondition(lambda self: self.items)
    @rule(who=CALLERS, which=WHICH, etag=ETAGS)
    def delete_product(self, who: int | None, which: int, etag: str | None) -> None:
        """Delete a product, one's own or another's."""
        item = self.item(which)
        known = item.etag if etag == "current" else etag
        self.ask("DELETE", f"/products/{item.id}", key=self.caller(item, who), etag=known)

    @rule(who=CALLERS, which=WHICH, method=st.sampled_from(("GET", "HEAD", "OPTIONS")), etag=ETAGS, odd=ODD_HEADERS)
    def read_product(self, who: int | None, which: int, method: str, etag: str | None, odd: list[HeaderLines]) -> None:
        """Read a product, perhaps only if it has changed."""
        item = self.item(which)
        known = item.etag if etag == "current" else etag
        condition = [((b"if-none-match", known.encode()),)] if known is not None else []
        self.ask(method, f"/products/{item.id}", key=self.caller(item, who), extra=[*condition, *odd])

    @rule(who=WHO, filters=FILTERS, at=WHICH)
    def list_products(self, who: int, filters: dict[str, object], at: int) -> None:
        """List products, from some cursor."""
        self.page("/products", self.party(who).key, filters, at)

    def page(self, path: str, key: str, filters: dict[str, object], at: int) -> None:
        """One page; sometimes at a cursor of some earlier list, which need not be this one."""
        cursor = self.cursors[at % len(self.cursors)] if at == 5 else ""
        pairs = [*filters.items(), *([("cursor", cursor)] if cursor else [])]
        query = "&".join(f"{name}={value}".replace(" ", "+") for name, value in pairs)
        reply = self.ask("GET", f"{path}?{query}" if query else path, key=key)
        link = reply.one("link")
        if link is not None:
            self.cursors.append(str(reply.json()["next_cursor"]))
            self.links.append((key, link.partition("<")[2].partition(">")[0]))

    @precondition(lambda self: self.links)
    @rule(at=WHICH)
    def follow_link(self, at: int) -> None:
        """The next page of an earlier list, though rows may have come and gone."""
        key, target = self.links[at % len(self.links)]
        self.ask("GET", target, key=key)

    @rule(
        who=WHO,
        which=WHICH,
        body=st.sampled_from(BAD_BODIES) | st.binary(max_size=40),
        place=st.sampled_from(("create", "update", "adjust", "tenant", "read")),
    )
    def send_bad_body(self, who: int, which: int, body: bytes, place: str) -> None:
        """A body that is no JSON, or not what is wanted, or where none belongs."""
        item, key = self.item(which), self.party(who).key
        method, path, etag = {
            "create": ("POST", "/products", None),
            "update": ("PATCH", f"/products/{item.id}", item.etag),
            "adjust": ("POST", f"/products/{item.id}/stock-adjustments", None),
            "tenant": ("POST", "/platform/tenants", None),
            "read": ("GET", "/products", None),
        }[place]
        self.ask(method, path, key=self.platform if place == "tenant" else key, raw=body, etag=etag)

    @rule(request=ODD_REQUESTS, which=WHICH, odd=ODD_HEADERS)
    def send_something_odd(self, request: tuple[str, str, str], which: int, odd: list[HeaderLines]) -> None:
        """Any method on any path with any query and headers."""
        (method, path, query), party = request, self.party(which)
        target = path.replace("<product>", self.item(which).id).replace("<tenant>", party.id)
        key = (self.platform, party.key, "kp_t_none")[which % 3]
        self.ask(method, f"{target}?{query}" if query else target, key=key, extra=odd)

    @rule(seconds=st.sampled_from((0.5, 2.0, 86_400.0)))
    def let_time_pass(self, seconds: float) -> None:
        """Time passes for all."""
        for target in self.targets:
            if target.door is not None:
                target.door.advance(seconds)

    def teardown(self) -> None:
        """At the end the rows are the same everywhere."""
        doors = [(target.name, target.door) for target in self.targets if target.door is not None]
        for record in self.records:
            (name, door), *others = doors
            expected = door.rows(record)
            for other, theirs in others:
                assert theirs.rows(record) == expected, f"rows of {record.__name__} on {other} differ from {name}"
