"""Consoles for the command line: with the database open, or for looking only. It knows asyncio; commands do not."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TextIO

from . import embedded
from .console import Console
from .database import kernel_of
from .settings import Settings


@contextmanager
def asking(settings: Settings, out: TextIO) -> Iterator[Console]:
    """A console whose database is open and ready; ``settings`` are complete. ``Unavailable`` says what the database needs first."""
    kernel, lifespan = kernel_of(settings)
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        runner.run(opened.enter_async_context(lifespan()))
        try:
            runner.run(kernel.storage.check())
            yield Console(kernel=kernel, run=runner.run, out=out)
        finally:
            runner.run(opened.aclose())


@contextmanager
def looking(settings: Settings, out: TextIO) -> Iterator[Console]:
    """A console for a kernel that is only looked at: needs neither database nor secret."""
    kernel, _ = kernel_of(embedded.placeholder(settings))
    with asyncio.Runner() as runner:
        yield Console(kernel=kernel, run=runner.run, out=out)
