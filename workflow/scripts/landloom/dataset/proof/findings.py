"""What the certificate finds out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from landloom.arrays import Int64s


@dataclass
class Findings:
    """What is broken (a line each), what a reader should know, and what was measured."""

    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)

    def expect(self, holds: bool, message: str) -> None:
        """Note a broken promise."""
        if not holds:
            self.broken.append(message)

    def refuse(self, split: str, rows: Int64s, fault: str) -> None:
        """Note the fault of some rows (n,) of a split, if there are any."""
        self.expect(not rows.size, f"{split}: {_name(rows)}: {fault}")


def _name(rows: Int64s) -> str:
    """Name rows, the first few."""
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:5]))}{more}"
