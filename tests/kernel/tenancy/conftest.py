"""What the tests of tenancy share: an empty kernel and a platform key."""

import pytest

from tests.kernel.world import World


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def platform(world: World) -> str:
    """A platform key."""
    return world.platform_key()
