"""How much is tried, and from which seed."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

ASKED = int(os.environ.get("LANDLOOM_FUZZ", "0"))
"""Cases of each attack, where tried by hand."""


def tried(by_ci: int, cost: int = 1) -> settings:
    """Return how many cases of an attack are tried: the same ones in continuous integration.

    By hand they differ each time, unless `--hypothesis-seed` is given.

    Parameters
    ----------
    by_ci
        How many by continuous integration.
    cost
        By hand, one of so many that are asked for is tried.
    """
    return settings(
        max_examples=-(-ASKED // cost) or by_ci,
        derandomize=not ASKED,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
