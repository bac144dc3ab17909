"""Numbers in words: each is rounded the same way wherever it is told.

Python's own formats round the binary number that stands for 0.8425, so that 337 of 400 were 0.843
in one place, and 84.2 % in another.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_LEAST = 1
"""Digits behind the point of a share in percent."""


def decimal(value: float, digits: int, *, grouped: bool = False) -> str:
    """Write a number with some digits behind the point; halves go up, as people round.

    What is rounded is the shortest decimal number that stands for the value, as Python prints it.

    Parameters
    ----------
    value
        The number, finite or not.
    digits
        How many, 0 or more.
    grouped
        Whether commas stand between thousands.
    """
    if not math.isfinite(value):
        return str(value)
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    return text.removeprefix("-") if not rounded else text


def percent(share: float, digits: int = _LEAST) -> str:
    """Write a share, 0 to 1, in percent, so that a trace of something is not called none.

    It is the number that `decimal` gives of the share itself with two digits more: 0.843 is 84.3 %.
    """
    least = 10.0 ** -(digits + 2)
    if 0 < share < least:
        return f"< {decimal(100 * least, digits)} %"
    return f"{decimal(float(Decimal(repr(float(share))) * 100), digits)} %"


def in_bytes(amount: float) -> str:
    """Return an amount of bytes with a unit and two digits at least: ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            digits = 0 if amount >= 9.95 or unit == "B" else 1
            return f"{amount:.{digits}f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
