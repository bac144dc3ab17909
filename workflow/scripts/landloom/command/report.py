"""``landloom report mine.yaml``: one page with all pictures and tables of a finished run."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from landloom.command.dry_run import dry_run
from landloom.command.engine import snakemake
from landloom.command.given import check_text, given_file
from landloom.command.parsing import Parser, UsageError, cut_at_dashes
from landloom.config.validate import read_config
from landloom.errors import LandloomError
from landloom.legend.decimals import in_bytes

SUMMARY = "gather all pictures and tables of a run in one page"

_ENDINGS = (".html", ".zip")
_ABOUT = """\
Writes one page with all pictures and tables of a run, to pass on or to keep: an .html file, or a
.zip of a folder with one, where it is large. Without --output it is report.html in the folder of
results, and replaces the one that was written there before. What stands behind '--' goes to
Snakemake.
"""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("report", _ABOUT, passes_on=True)
    made.add_argument("file", metavar="FILE", nargs="?", help="the configuration of the run")
    made.add_argument(
        "-o", "--output", metavar="PAGE", help="default: report.html in the folder of results"
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Write the page and tell where it is; return the exit code of Snakemake.

    Raises
    ------
    LandloomError
        No configuration is named, the page has no name that it can have, or the run is not
        finished.
    """
    page, command = page_and_command(arguments)
    code = subprocess.run(command, check=False).returncode
    if code == 0 and page.is_file():
        print(f"\nThe page: {page} ({in_bytes(page.stat().st_size)})", flush=True)
    return code


def page_and_command(arguments: Sequence[str]) -> tuple[Path, list[str]]:
    """Return where the page is to be, and the command line of Snakemake that writes it.

    Raises
    ------
    LandloomError
        As `main` does.
    """
    own, passed_on = cut_at_dashes(arguments)
    given = parser().read(own)
    path = given_file(given.file, "report")
    check_text(path)
    page = Path(given.output or f"{read_config(path).results}/report.html")
    if page.suffix not in _ENDINGS:
        raise UsageError(f"landloom report: --output {page}: must end with .html or .zip")
    if given.output and not page.parent.is_dir():
        raise UsageError(f"landloom report: --output {page}: there is no folder {page.parent}")
    if jobs := dry_run(path, checks=False).jobs:
        raise LandloomError(
            f"landloom report: the run is not finished, {jobs} of its jobs are to be done; go on "
            f"with 'landloom run {path}'"
        )
    return page, snakemake("--report", str(page), f"--configfile={path}", *passed_on)
