"""Calls what may refuse and hands back either the value or the condition; every other exception is a failure of the test."""

from collections.abc import Callable

from kingpost.kernel.errors import KernelError


def outcome(attempt: Callable[[], object]) -> object:
    """What ``attempt`` returns, or the condition of ours that it raises."""
    try:
        return attempt()
    except KernelError as error:
        return error
