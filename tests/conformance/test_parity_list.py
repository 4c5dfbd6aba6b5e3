"""The written list of differences is short, has reasons, and holds nothing that is no longer so; and parity finds what is different."""

import re

import pytest

from kingpost.conformance.cases import Step, fresh
from kingpost.conformance.cases.case import Expect
from kingpost.conformance.cases.player import exchange_of
from kingpost.conformance.parity import Difference, Parity, comparable, differences
from kingpost.conformance.target import Exchange, Reply, Target
from tests.conformance.targets import MemoryTarget


class WithoutVary:
    """A broken target: it answers as the oracle does, but for one header."""

    name = "without-vary"
    capabilities = MemoryTarget.capabilities
    door = None

    def __init__(self) -> None:
        self._inner = MemoryTarget()
        self.reset = self._inner.reset

    def send(self, exchange: Exchange) -> Reply:
        """The reply without Vary."""
        reply = self._inner.send(exchange)
        return Reply(status=reply.status, headers=tuple(line for line in reply.headers if line[0] != b"vary"), body=reply.body)


def test_the_list_is_short_and_every_entry_has_a_reason(target: Target) -> None:
    """No difference is accepted over ASGI, at most 25 over WSGI, each with a reason in a sentence."""
    accepted = differences(target)
    assert len(accepted) <= (0 if "duplicate-headers" in target.capabilities else 25)
    assert all(re.fullmatch(r"[A-Z].{40,}\.", entry.reason) for entry in accepted)


def test_no_entry_is_stale(django_wsgi_decoded_target: Target) -> None:
    """The example of every entry is answered differently by the reference and by a target that the entry is about."""
    reference = MemoryTarget()
    world = fresh(reference)
    assert fresh(django_wsgi_decoded_target) == world
    accepted = differences(django_wsgi_decoded_target)
    assert {entry.id for entry in accepted} == {"joined-lines", "encoded-slash"}
    stale = [entry.id for entry in accepted if not _shows(entry, reference, django_wsgi_decoded_target, world)]
    assert stale == []


def _shows(entry: Difference, reference: Target, target: Target, world: dict[str, str]) -> bool:
    step = Step(target=entry.target, headers=entry.headers * entry.times, expect=Expect(status=200))
    exchange = exchange_of(step, world, request_id="stale")
    return entry.concerns(exchange) and comparable(reference.send(exchange)) != comparable(target.send(exchange))


def test_a_difference_is_found_and_told_as_a_script() -> None:
    """A target that leaves out one header is caught, and the message holds both answers and the requests as curl commands."""
    reference, broken = MemoryTarget(), WithoutVary()
    world = fresh(reference)
    assert fresh(broken) == world
    step = Step(target="/products/<a.product>", expect=Expect(status=200))
    with pytest.raises(AssertionError, match="without-vary differs from memory") as caught:
        Parity((reference, broken)).send(exchange_of(step, world, request_id="mutant"))
    assert "curl -i --path-as-is -X GET" in str(caught.value)
    assert "vary:" in str(caught.value)
