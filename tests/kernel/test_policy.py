"""Keys from root secrets: long enough, one per purpose, and nothing of one in another."""

import pytest

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.policy import SHORTEST_SECRET, Policy, derive, fingerprint, keys
from kingpost.kernel.tenancy.model import new_credential

FIRST, SECOND = "a" * SHORTEST_SECRET, "b" * SHORTEST_SECRET


@pytest.mark.parametrize(
    "secrets", [(), ("",), ("a" * (SHORTEST_SECRET - 1),), (FIRST, "short")], ids=["none", "empty", "short", "one short"]
)
def test_short_secrets_are_refused(secrets: tuple[str, ...]) -> None:
    """No secret, or one that is too short in any place of the list, is refused with the command that makes a good one."""
    with pytest.raises(ConfigurationError, match=r"KINGPOST_SECRET needs at least one secret of 32 .*token_urlsafe"):
        keys(secrets)


def test_the_message_keeps_the_secret() -> None:
    """A refusal never repeats what was given."""
    with pytest.raises(ConfigurationError) as caught:
        keys(("hunter2",))
    assert "hunter2" not in str(caught.value)


def test_every_purpose_has_a_key_of_its_own() -> None:
    """HKDF labels differ, so a key for cursors says nothing about key digests or the fingerprint."""
    made = keys((FIRST,))
    assert len({made.cursors[0], made.digests[0], derive((FIRST,), "fingerprint")[0]}) == 3
    assert made.cursors[0][:16] != made.digests[0][:16] != fingerprint((FIRST,))[0]


def test_keys_keep_the_order_of_their_secrets() -> None:
    """One key per secret, the first of the first: that one signs."""
    made = keys((FIRST, SECOND))
    assert made.cursors == (*keys((FIRST,)).cursors, *keys((SECOND,)).cursors)
    assert made.digests == (*keys((FIRST,)).digests, *keys((SECOND,)).digests)
    assert {len(key) for key in (*made.cursors, *made.digests)} == {32}


def test_derivation_is_the_standard_one() -> None:
    """HKDF-SHA256 without salt (RFC 5869), written out by hand, gives the same key: another implementation could."""
    import hmac

    extracted = hmac.digest(bytes(32), FIRST.encode(), "sha256")
    assert derive((FIRST,), "cursors") == (hmac.digest(extracted, b"kingpost:cursors\x01", "sha256"),)


def test_the_fingerprint_tells_secrets_apart() -> None:
    """Sixteen bytes per secret: equal for equal secrets, different for others."""
    assert fingerprint((FIRST,)) == fingerprint((FIRST,))
    assert fingerprint((FIRST, SECOND)) == (*fingerprint((FIRST,)), *fingerprint((SECOND,)))
    assert fingerprint((FIRST,)) != fingerprint((SECOND,))
    assert {len(mark) for mark in fingerprint((FIRST, SECOND))} == {16}


def test_secrets_and_keys_are_not_in_what_a_traceback_prints() -> None:
    """The printed form of policy, derived keys and credentials holds none of them."""
    secret = "only-for-tests-only-for-tests-only-for-tests"
    policy = Policy(hosts=("localhost",), secrets=(secret,))
    derived = keys(policy.secrets)
    credential = new_credential("t", bytes(range(41)))
    printed = repr((policy, derived, credential))
    assert secret not in printed
    assert repr(derived.digests[0]) not in printed
    assert credential.secret not in printed
    assert "localhost" in printed
