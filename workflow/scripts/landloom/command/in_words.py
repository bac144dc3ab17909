"""Amounts of bytes as people say them."""

from __future__ import annotations


def in_bytes(amount: float) -> str:
    """Return an amount of bytes with a unit and two digits at least: ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            digits = 0 if amount >= 9.95 or unit == "B" else 1
            return f"{amount:.{digits}f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
