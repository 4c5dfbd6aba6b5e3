"""Parity: the same programs give the same bytes on memory, Litestar and Django, and leave the same rows. It knows how much is played; programs are the kit's."""

import os

from kingpost.conformance.parity import Parity, machine_of, play
from kingpost.conformance.parity.forms import Asked
from kingpost.conformance.target import Target
from kingpost.conformance.world import NOW
from tests.conformance.targets import COMPONENTS, RECORDS

EFFORT = int(os.environ.get("KINGPOST_TEST_EFFORT", "1"))
"""How many times as many steps as in everyday runs, from other seeds."""


def play_programs(*targets: Target, steps: int) -> None:
    """Play random programs on all targets; the first difference is shrunk and printed as a script."""
    machine = machine_of([each for component in COMPONENTS for each in component.operations], RECORDS, targets)
    play(machine, steps=steps * EFFORT, seeded=EFFORT)


def test_litestar_is_the_kernel(memory_target: Target, litestar_target: Target) -> None:
    """Litestar on SQLite answers every program as the kernel on memory does."""
    play_programs(memory_target, litestar_target, steps=1_600)


def test_django_over_wsgi_is_the_kernel(memory_target: Target, django_wsgi_target: Target) -> None:
    """Django over WSGI on SQLite answers every program as the kernel on memory does, but for the written list."""
    play_programs(memory_target, django_wsgi_target, steps=1_200)


def test_django_over_asgi_is_the_kernel(memory_target: Target, django_asgi_target: Target) -> None:
    """Django over ASGI on SQLite answers every program as the kernel on memory does."""
    play_programs(memory_target, django_asgi_target, steps=300)


def test_django_behind_a_decoding_server_is_the_kernel(memory_target: Target, django_wsgi_decoded_target: Target) -> None:
    """Django over WSGI without RAW_URI answers every program as the kernel on memory does, but for the written list."""
    play_programs(memory_target, django_wsgi_decoded_target, steps=450)


def test_postgresql_is_the_kernel(memory_target: Target, postgres_targets: tuple[Target, Target]) -> None:
    """Litestar and Django on PostgreSQL answer every program as the kernel on memory does, and leave the same rows."""
    play_programs(memory_target, *postgres_targets, steps=450)


def test_two_broken_keys_are_told_alike(memory_target: Target, litestar_target: Target) -> None:
    """A tenant whose slug and whose host_ref are both taken is refused for the same reason on memory and on SQLite."""
    parity = Parity((memory_target, litestar_target))
    (key,) = {target.reset(seed=1, now=NOW) for target in parity.targets}
    body = b'{"slug":"acme","name":"Acme","host_ref":"1"}'
    for number in range(2):
        asked = Asked(method="POST", path="/platform/tenants", body=body, caller=key)
        assert parity.send(asked.exchange(number, chunks=False)) is not None
