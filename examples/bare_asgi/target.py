"""The bare application as a target of the conformance kit. This is all that an adapter needs to be judged.

``kingpost conformance --target examples.bare_asgi.target:bare_asgi``; an entry point of the group ``kingpost.targets`` would give it a name.
"""

from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import AsgiTarget
from kingpost.conformance.target import Target

from .app import BareAsgi


def bare_asgi(setup: Setup) -> Target:
    """In this process, with every capability that ASGI gives; the kit supplies kernel, database, clock and chance."""
    return AsgiTarget("bare-asgi", setup, BareAsgi)
