"""Parity: the same programs give the same bytes on memory, Litestar and Django, and leave the same rows. It knows profiles; programs are the kit's."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from kingpost.conformance.programs import LifeProgram
from kingpost.conformance.target import Target
from tests.conformance.targets import RECORDS

EFFORT = int(os.environ.get("KINGPOST_TEST_EFFORT", "1"))
"""How many times as many programs as in everyday runs."""


def play_programs(*targets: Target, programs: int, steps: int) -> None:
    """Play random programs on all targets; the first difference is shrunk and printed as a script."""
    machine = type("Program", (LifeProgram,), {"targets": targets, "records": RECORDS})
    profile = settings(
        max_examples=programs * EFFORT,
        stateful_step_count=steps,
        deadline=None,
        derandomize=EFFORT == 1,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    )
    run_state_machine_as_test(machine, settings=profile)


def test_litestar_is_the_kernel(memory_target: Target, litestar_target: Target) -> None:
    """Litestar on SQLite answers every program as the kernel on memory does."""
    play_programs(memory_target, litestar_target, programs=40, steps=40)


def test_django_wsgi_is_the_kernel(memory_target: Target, django_wsgi_target: Target) -> None:
    """Django over WSGI on SQLite answers every program as the kernel on memory does, but for the written list."""
    play_programs(memory_target, django_wsgi_target, programs=30, steps=40)


def test_django_asgi_is_the_kernel(memory_target: Target, django_asgi_target: Target) -> None:
    """Django over ASGI on SQLite answers every program as the kernel on memory does, but for the written list."""
    play_programs(memory_target, django_asgi_target, programs=10, steps=30)


def test_django_behind_a_decoding_server_is_the_kernel(memory_target: Target, django_wsgi_decoded_target: Target) -> None:
    """Django over WSGI without RAW_URI answers every program as the kernel on memory does, but for the written list."""
    play_programs(memory_target, django_wsgi_decoded_target, programs=15, steps=30)


def test_postgresql_is_the_kernel(memory_target: Target, postgres_targets: tuple[Target, Target]) -> None:
    """Litestar and Django on PostgreSQL answer every program as the kernel on memory does, and leave the same rows."""
    play_programs(memory_target, *postgres_targets, programs=15, steps=30)
