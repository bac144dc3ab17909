"""``landloom run mine.yaml``: builds what a configuration asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence

from landloom.command.engine import become, snakemake
from landloom.command.given import check_text, given_file, refuse_more_files
from landloom.command.parsing import CORES, Parser, UsageError, cores_of, cut_at_dashes
from landloom.job.terminal import TOLD_LAST

SUMMARY = "build what a configuration asks for"

_OWN_CORES = ("-c", "--cores", "-j", "--jobs", "--profile", "-e", "--executor")
"""Options of Snakemake that say how much may run at once."""

_ABOUT = """\
Builds what the configuration asks for, as far as it is not there yet: everything, or the targets
that are named, such as 'dataset', 'map', 'figures', or files below the folder of results. Stop it
with Ctrl-C and start it again as you like: finished files are kept.

What stands behind '--' goes to Snakemake as it is:

  landloom run mine.yaml                        everything
  landloom run mine.yaml dataset --cores 4      one product
  landloom run mine.yaml -n                     only say what would run
  landloom run mine.yaml -- --profile profiles/slurm
"""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("run", _ABOUT, passes_on=True)
    made.add_argument("file", metavar="FILE", nargs="?", help="the configuration")
    made.add_argument("targets", metavar="TARGET", nargs="*", help="what to build; all by default")
    made.add_argument(
        "-n", "--dry-run", "--dryrun", action="store_true", help="only say what would run"
    )
    made.add_argument("-c", "--cores", metavar="N", type=cores_of("run"), help=CORES)
    return made


def command_of(arguments: Sequence[str]) -> list[str]:
    """Return the command line of Snakemake that does what one of ours asks.

    Raises
    ------
    UsageError
        The command line names no configuration, or has words that are not known.
    ConfigError
        The configuration cannot be read.
    """
    own, passed_on = cut_at_dashes(arguments)
    given = parser().read(own)
    _refuse_configfile(passed_on)
    path = given_file(given.file, "run")
    refuse_more_files(given.targets, "run")
    check_text(path)
    says_how_many = any(word.split("=")[0] in _OWN_CORES for word in passed_on)
    cores = given.cores or (None if says_how_many else "all")
    return snakemake(
        *given.targets,
        *(["--cores", cores] if cores else []),
        *(["--dry-run"] if given.dry_run else []),
        f"--configfile={path}",  # so written, it takes no words that follow
        *passed_on,
    )


def main(arguments: Sequence[str]) -> int:
    """Go on as Snakemake, which returns the exit code."""
    command = command_of(arguments)
    os.environ[TOLD_LAST] = "yes"
    become(command)


def _refuse_configfile(words: Sequence[str]) -> None:
    if any(word.split("=")[0] in ("--configfile", "--configfiles") for word in words):
        raise UsageError(
            "landloom run: --configfile: the configuration comes first, without it: "
            "landloom run mine.yaml"
        )
