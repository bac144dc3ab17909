"""What a pixel of a map can hold: all its bands are uint8."""

from __future__ import annotations

NODATA = 255
"""Nodata of every band: class values are 0..254, shares 0..100."""

MAX_VALUE = NODATA - 1
"""The largest class value."""
