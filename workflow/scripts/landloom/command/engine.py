"""Snakemake, which does the work: where its workflow lies, and how it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from landloom.errors import LandloomError

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE.parents[2], _PACKAGE / "shipped")
"""A clone, or what `pip install` has put into the package."""


def home() -> Path:
    """Return the folder with the Snakefile, the demo's configuration, profiles and schema.

    Raises
    ------
    LandloomError
        The package was brought here without them.
    """
    for place in _PLACES:
        if (place / "Snakefile").is_file() and (place / "workflow/rules").is_dir():
            return place
    raise LandloomError(
        f"landloom: the workflow does not lie beside the package in {_PACKAGE}; install it with "
        "pip, or call the command of a clone"
    )


def snakemake(*words: str) -> list[str]:
    """Return the command line that calls Snakemake on the workflow.

    Python is told not to look for modules where the user happens to be.
    """
    return [sys.executable, "-P", "-m", "snakemake", "-s", str(home() / "Snakefile"), *words]


def become(command: Sequence[str]) -> NoReturn:
    """Go on as another program: signals reach it, and its exit code is the one that is seen."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], list(command))
