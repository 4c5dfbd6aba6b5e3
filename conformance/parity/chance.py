"""What Hypothesis draws from for the kit: the seed alone. It knows Hypothesis and neither programs nor values."""

from typing import Any, Final

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

SEED_ALONE: Final = "kingpost-seed-alone"
"""For ``settings(backend=...)``."""


class SeedAlone(HypothesisProvider):
    """Without literals of the modules that happen to be loaded: with them a seed would give other programs in a checkout than in a wheel, and for each case that is added."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """No literal."""


AVAILABLE_PROVIDERS[SEED_ALONE] = SeedAlone
