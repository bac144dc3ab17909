"""``landloom report mine.yaml``: one page with all pictures and tables of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landloom.command.dry_run import dry_run
from landloom.command.engine import become, snakemake
from landloom.command.given import check_text, given_file
from landloom.command.parsing import Parser, UsageError, cut_at_dashes
from landloom.errors import LandloomError

SUMMARY = "gather all pictures and tables of a run in one page"

_ENDINGS = (".html", ".zip")
_ABOUT = """\
Writes one page with all pictures and tables of a run, to pass on or to keep: an .html file, or a
.zip of a folder with one, where it is large. What stands behind '--' goes to Snakemake.
"""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("report", _ABOUT, passes_on=True)
    made.add_argument("file", metavar="FILE", nargs="?", help="the configuration of the run")
    made.add_argument(
        "-o", "--output", metavar="PAGE", default="report.html", help="default: report.html"
    )
    return made


def command_of(arguments: Sequence[str]) -> list[str]:
    """Return the command line of Snakemake that does what one of ours asks.

    Raises
    ------
    LandloomError
        No configuration is named, the page has no name that it can have, or the run is not
        finished.
    """
    own, passed_on = cut_at_dashes(arguments)
    given = parser().read(own)
    path = given_file(given.file, "report")
    page = Path(given.output)
    if page.suffix not in _ENDINGS:
        raise UsageError(f"landloom report: --output {page}: must end with .html or .zip")
    if not page.parent.is_dir():
        raise UsageError(f"landloom report: --output {page}: there is no folder {page.parent}")
    check_text(path)
    if jobs := dry_run(path, checks=False).jobs:
        raise LandloomError(
            f"landloom report: the run is not finished, {jobs} of its jobs are to be done; go on "
            f"with 'landloom run {path}'"
        )
    return snakemake("--report", str(page), f"--configfile={path}", *passed_on)


def main(arguments: Sequence[str]) -> int:
    """Go on as Snakemake, which returns the exit code."""
    become(command_of(arguments))
