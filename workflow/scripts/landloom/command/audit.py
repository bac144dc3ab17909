"""``landloom audit train.gpkg test.gpkg``: whether sets of samples share a pixel."""

from __future__ import annotations

from collections.abc import Sequence

from landloom.audit.arguments import DESCRIPTION, add_arguments, run
from landloom.command.parsing import Parser

SUMMARY = "prove that sets of samples share no pixel, or list what they share"


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("audit", DESCRIPTION)
    add_arguments(made)
    return made


def main(arguments: Sequence[str]) -> int:
    """Audit what a command line names; return 0 where nothing is shared, 1 where something is.

    2 is returned where the input cannot be used.
    """
    return run(parser().read(arguments))
