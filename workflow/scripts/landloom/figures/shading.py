"""Light on heights."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float32s

_TO_THE_LIGHT = np.array([-1.0, -1.0, 1.4]) / np.linalg.norm([-1.0, -1.0, 1.4])
"""Right, down and up: from the upper left, at 45 degrees, as maps have it."""

LEVEL = float(_TO_THE_LIGHT[2])
"""How bright level ground is."""

_STEEP = 0.6
"""The slope (rise by run) that the steep tenth of an area is stretched to, where it is flatter."""


def slopes(heights: Float32s, metres: tuple[float, float]) -> tuple[Float32s, Float32s]:
    """Return the rise to the right and downwards, metres per metre.

    Parameters
    ----------
    heights
        (..., height, width), each of 2 pixels or more; m.
    metres
        Width and height of a pixel.
    """
    down, right = np.gradient(np.asarray(heights, np.float32), *metres[::-1], axis=(-2, -1))
    return np.asarray(right, np.float32), np.asarray(down, np.float32)


def shade(heights: Float32s, metres: tuple[float, float], most: float = 30.0) -> Float32s:
    """Return how bright each pixel of some patches lies in the light, 0 to 1 (Lambert).

    Each patch's slopes are its own, so that it does not matter from where its heights count.
    Flat areas are exaggerated, all patches alike.

    Parameters
    ----------
    heights, metres
        As for `slopes`.
    most
        The largest exaggeration.
    """
    right, down = slopes(heights, metres)
    steep = float(np.percentile(np.hypot(right, down), 90))
    factor = min(max(_STEEP / steep, 1.0), most) if steep > 0 else 1.0
    x, y, z = _TO_THE_LIGHT
    light = z - factor * (x * right + y * down)
    length = np.sqrt(1.0 + (factor * right) ** 2 + (factor * down) ** 2)
    lit: Float32s = np.clip(light / length, 0.0, 1.0)
    return lit
