"""What a pixel of a map can hold: most bands are uint8."""

from __future__ import annotations

NODATA = 255
"""Nodata of every band of uint8: class values are 0..254, shares 0..100."""

MAX_VALUE = NODATA - 1
"""The largest class value."""

VOID = -9999.0
"""Nodata of every band of floats, in which nothing below 0 is meant."""


def void_of(dtype: object) -> float:
    """Return what stands for no data in pixels of a type, such as ``float32`` or ``uint8``."""
    return VOID if str(dtype).startswith("float") else NODATA
