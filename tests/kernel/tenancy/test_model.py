"""The decisions of tenancy, without fakes: states, slugs, host names and the form of keys."""

from datetime import UTC, datetime, timedelta
from itertools import product

import msgspec
import pytest

from kingpost.kernel.errors import Invalid, InvalidTransition
from kingpost.kernel.tenancy.model import (
    RESERVED_SLUGS,
    TRANSITIONS,
    CloseTenant,
    CreateTenant,
    Credential,
    GracePeriodOver,
    TenantQuery,
    UpdateTenant,
    check_hosts,
    check_slug,
    digest,
    new_credential,
    parse_credential,
    transition,
)
from kingpost.kernel.tenancy.records import Tenant
from kingpost.kernel.wire import body_decoder, query_decoder

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
STATES = ("active", "suspended", "closed")
ACTIONS = ("suspend", "resume", "close", "reopen")


def tenant(status: str = "active", **changes: object) -> Tenant:
    """A tenant in a state."""
    given = {"purge_after": NOW + timedelta(days=3) if status == "closed" else None, "status_reason": "before", **changes}
    return Tenant(
        **{  # type: ignore[arg-type]
            "id": "ten_01h455vb4pex5vsknk084sn02q",
            "slug": "acme",
            "name": "Acme",
            "plan": "free",
            "status": status,
            "hosts": (),
            "host_ref": None,
            "created_at": NOW - timedelta(days=9),
            "updated_at": NOW - timedelta(days=9),
            **given,
        }
    )


@pytest.mark.parametrize(("state", "action"), list(product(STATES, ACTIONS)))
def test_the_state_machine_is_exactly_this(state: str, action: str) -> None:
    """Of the twelve pairs of state and action five lead somewhere; the others name both and change nothing."""
    allowed = {
        ("active", "suspend"): "suspended",
        ("suspended", "resume"): "active",
        ("active", "close"): "closed",
        ("suspended", "close"): "closed",
        ("closed", "reopen"): "active",
    }
    assert dict(TRANSITIONS) == allowed
    before = tenant(state)
    if (state, action) not in allowed:
        with pytest.raises(InvalidTransition) as refused:
            transition(before, action, now=NOW)  # type: ignore[arg-type]
        assert refused.value.params == {"state": state, "action": action}
        return
    after = transition(before, action, now=NOW, reason="why", grace=timedelta(days=2))  # type: ignore[arg-type]
    assert (after.status, after.status_reason, after.updated_at) == (allowed[(state, action)], "why", NOW)
    assert after.purge_after == (NOW + timedelta(days=2) if after.status == "closed" else None)
    untouched = {"id", "slug", "name", "plan", "hosts", "host_ref", "created_at", "version"}
    assert all(getattr(after, name) == getattr(before, name) for name in untouched)


def test_every_state_can_be_left() -> None:
    """No state is a dead end, and every state can be reached from active."""
    assert {state for state, _ in TRANSITIONS} == set(STATES)
    assert set(TRANSITIONS.values()) == set(STATES)


def test_the_grace_period_ends_on_the_instant() -> None:
    """A microsecond before its end a tenant can be reopened, at its end no more."""
    end = NOW + timedelta(days=3)
    closed = tenant("closed", purge_after=end)
    assert transition(closed, "reopen", now=end - timedelta(microseconds=1)).status == "active"
    for late in (end, end + timedelta(days=1)):
        with pytest.raises(GracePeriodOver):
            transition(closed, "reopen", now=late)


def test_no_grace_means_no_way_back() -> None:
    """Closed with a grace period of zero, a tenant cannot be reopened."""
    closed = transition(tenant(), "close", now=NOW)
    with pytest.raises(GracePeriodOver):
        transition(closed, "reopen", now=NOW)


create, update, close, listed = (
    body_decoder(CreateTenant),
    body_decoder(UpdateTenant),
    body_decoder(CloseTenant),
    query_decoder(TenantQuery),
)


def created(**fields: object) -> CreateTenant:
    """A decoded body."""
    return create(msgspec.json.encode({"slug": "acme", "name": "Acme", **fields}))


@pytest.mark.parametrize("slug", ["ab", "acme", "a1", "a-b", "a-b-c", "z9", "a" * 63, "a" + "-b" * 31])
def test_a_slug_is_a_dns_label(slug: str) -> None:
    """2 to 63 of a-z, 0-9 and single hyphens, beginning with a letter."""
    assert created(slug=slug).slug == slug
    check_slug(slug)


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "a",
        "A",
        "Acme",
        "1a",
        "-a",
        "a-",
        "a--b",
        "xn--a",
        "a_b",
        "a.b",
        "a b",
        "acme\n",
        "\nacme",
        "acme\u200b",
        "\u00e4rger",
        "a" * 64,
        "a\u0301b",
        "acme/",
    ],
)
def test_what_is_no_slug_is_refused(slug: str) -> None:
    """A newline at the end, upper case, A-labels and look-alikes among them; in body and query alike."""
    from urllib.parse import quote

    for decode, raw in ((create, {"slug": slug, "name": "x"}), (update, {"slug": slug})):
        with pytest.raises(Invalid) as refused:
            decode(msgspec.json.encode(raw))
        assert [error.pointer for error in refused.value.errors] == ["/slug"]
    if "\n" not in slug:
        with pytest.raises(Invalid):
            listed(f"slug={quote(slug)}".encode())


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_reserved_slugs_are_kept(slug: str) -> None:
    """Names that a deployment needs for itself are told apart from malformed ones."""
    with pytest.raises(Invalid) as refused:
        check_slug(slug)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/slug", "reserved")]


def test_what_the_deployment_serves_is_reserved() -> None:
    """No tenant can be called like a path of the deployment itself."""
    from tests.kernel.world import World

    own = {path.split("/")[1].partition(".")[0] for path in World(components=()).kernel.registry.paths}
    assert own - {"problems", "openapi"} <= RESERVED_SLUGS


@pytest.mark.parametrize("host", ["shop.acme.example", "a.bc", "xn--bcher-kva.example", "1.2.example", "a" * 63 + ".example"])
def test_a_host_is_a_lower_case_dns_name(host: str) -> None:
    """At least two labels, the last of them no number."""
    assert created(hosts=[host]).hosts == (host,)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "Shop.example",
        "shop.example.",
        ".example",
        "a..b.example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "10.0.0.1",
        "[::1]",
        "shop.example:80",
        "shop.example\n",
        "https://shop.example",
        "*.example",
        "bücher.example",
        "a" * 64 + ".example",
        ("a" * 60 + ".") * 5 + "example",
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    """Addresses, ports, wildcards and names outside ASCII are refused with the place in the list."""
    with pytest.raises(Invalid) as refused:
        created(hosts=["ok.example", host])
    assert [error.pointer for error in refused.value.errors] == ["/hosts/1"]


def test_a_host_is_named_once() -> None:
    """A name that is repeated in one list is refused where it is repeated."""
    check_hosts(("a.example", "b.example"))
    with pytest.raises(Invalid) as refused:
        check_hosts(("a.example", "b.example", "a.example"))
    assert len(refused.value.errors) == 1


def test_bounds_of_the_other_fields() -> None:
    """Name, plan, reason, host_ref and grace have written bounds."""
    for fields in (
        {"name": ""},
        {"name": "x" * 201},
        {"plan": "Free"},
        {"plan": ""},
        {"host_ref": ""},
        {"host_ref": "x" * 201},
        {"host_ref": "e\u0301"},
        {"hosts": ["a.example"] * 21},
    ):
        with pytest.raises(Invalid):
            created(**fields)
    for body in (b'{"grace_days":-1}', b'{"grace_days":3651}', b'{"reason":""}', b'{"grace_days":1.0}'):
        with pytest.raises(Invalid):
            close(body)
    assert close(b"{}").grace_days == 30


def test_a_host_ref_can_be_taken_back() -> None:
    """``null`` says: no longer mapped; a field left out stays as it is."""
    assert update(b'{"host_ref":null}').host_ref is None
    assert update(b"{}").host_ref is msgspec.UNSET


# ---------------------------------------------------------------- keys

CHANCE = bytes(range(41))
KEY = new_credential("t", CHANCE)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_key_has_a_readable_form() -> None:
    """``kp_<kind>_<12 key id><43 secret><6 checksum>``: scanners can find it, and its parts come back."""
    assert len(KEY.text) == len("kp_t_") + 12 + 43 + 6
    assert KEY.text.startswith("kp_t_")
    assert set(KEY.text[5:]) <= set(ALPHABET)
    assert parse_credential(KEY.text) == KEY
    assert parse_credential(new_credential("p", CHANCE).text) == new_credential("p", CHANCE)


@pytest.mark.parametrize("chance", [bytes(41), b"\xff" * 41, CHANCE])
def test_every_draw_makes_a_key(chance: bytes) -> None:
    """The least and the greatest random bytes fit into the form."""
    assert parse_credential(new_credential("t", chance).text) == new_credential("t", chance)


def test_every_bit_of_the_secret_counts() -> None:
    """A draw that differs in one bit of the secret gives another secret: all 256 bits are kept."""
    secrets = {KEY.secret}
    for bit in range(256):
        changed = bytearray(CHANCE)
        changed[9 + bit // 8] ^= 1 << bit % 8
        secrets.add(new_credential("t", bytes(changed)).secret)
    assert len(secrets) == 257


def test_every_changed_character_is_noticed() -> None:
    """The checksum refuses each of the 61 other characters at each place, so a typing error reaches no store."""
    text = KEY.text
    for place in range(len(text)):
        for letter in ALPHABET + "_-\n\u0660":
            changed = text[:place] + letter + text[place + 1 :]
            assert changed == text or parse_credential(changed) is None, place


def test_every_swap_of_neighbours_is_noticed() -> None:
    """The other common typing error is noticed too."""
    text = KEY.text
    for place in range(len(text) - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert swapped == text or parse_credential(swapped) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kp_t_",
        KEY.text[:-1],
        KEY.text + "0",
        KEY.text + "\n",
        " " + KEY.text,
        KEY.text.upper(),
        KEY.text.replace("kp_t_", "kp_x_"),
        "kp-t-" + KEY.text[5:],
    ],
)
def test_what_is_no_key_is_none(text: str) -> None:
    """Another length, kind, case or separator is no key."""
    assert parse_credential(text) is None


def test_the_digest_depends_on_everything() -> None:
    """Key id, secret and digest key all change it; the kind and the checksum add nothing."""
    key, other = b"k" * 32, b"o" * 32
    made = digest(KEY, key)
    assert len(made) == 32
    assert digest(KEY, other) != made
    assert digest(Credential("t", KEY.key_id, KEY.secret[::-1]), key) != made
    assert digest(Credential("t", KEY.key_id[::-1], KEY.secret), key) != made
