"""Where the files that a configuration names are looked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """What is known about files where the workflow runs.

    Attributes
    ----------
    made
        Tells whether one of the workflow's own rules makes a file.
    moved
        Tells where a path leads: elsewhere, in a module with a prefix.
    alone
        Whether no other workflow makes files, as the one does that uses this one as a module.
    """

    made: Callable[[str], bool]
    moved: Callable[[str], str] = str
    alone: bool = True

    def has(self, path: str) -> bool:
        """Tell whether a file is there, or one of the workflow's own rules makes it."""
        return self.made(path) or Path(self.moved(path)).exists()

    def may_have(self, path: str) -> bool:
        """Tell whether a file is there or may be made by anyone; nobody makes a mere word."""
        return self.has(path) or (not self.alone and not re.fullmatch(r"[\w-]+", path))
