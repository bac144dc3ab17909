"""``landloom check mine.yaml``: what is wrong, what would run, and about what that takes."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from landloom.command.amounts import disk_of
from landloom.command.dry_run import dry_run
from landloom.command.given import given_file, refuse_more_files
from landloom.command.parsing import CORES, Parser, cores_of
from landloom.command.sources_told import needs_network, sources_told
from landloom.config.validate import faults_of, read_config
from landloom.config.whole import Config
from landloom.errors import LandloomError
from landloom.legend.decimals import in_bytes
from landloom.run.planned import Kind, RunPlan
from landloom.run.progress import length

if TYPE_CHECKING:
    from landloom.command.first_look import FirstLook

SUMMARY = "tell what is wrong with a configuration, what would run, and what that takes"

_ABOUT = """\
Tells all that is wrong with a configuration: keys and values, files that are not there, tables that
cannot be used, hosts that cannot be reached, and what the first jobs would refuse of files that are
here: places that do not meet, numbers that are not what they are declared to be, too few samples.
Where nothing is: what would run, from which sources, and about how much memory, disk and time it
takes. Nothing is built or fetched.

  landloom check mine.yaml           everything
  landloom check mine.yaml map       one product
  landloom check mine.yaml --jobs    with a line for each kind of job
"""
_WIDTH = 96
_NAMED = 6
"""Kinds of jobs that are named where not all are asked for."""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("check", _ABOUT)
    made.add_argument("file", metavar="FILE", nargs="?", help="the configuration")
    made.add_argument("targets", metavar="TARGET", nargs="*", help="what to build; all by default")
    made.add_argument("-c", "--cores", metavar="N", type=cores_of("check"), help=CORES)
    made.add_argument("--jobs", action="store_true", help="list all kinds of jobs")
    return made


def main(arguments: Sequence[str]) -> int:
    """Tell; return 0 where nothing is wrong.

    Raises
    ------
    LandloomError
        Something is wrong: all of it, a line each.
    """
    given = parser().read(arguments)
    path = given_file(given.file, "check")
    refuse_more_files(given.targets, "check")
    if faults := faults_of(path):
        raise LandloomError("\n".join(faults))
    planned = dry_run(path, given.targets, cores=given.cores or "all")
    from landloom.command.first_look import look  # with all that reads rasters

    config = read_config(path)
    rules = {kind.rule for kind in planned.kinds if not kind.later}
    seen = look(config, rules, planned.refusals)
    print("\n".join(told(path, config, planned, seen, all_kinds=given.jobs)), flush=True)
    stops = []
    if planned.refusals:
        stops += ["A run would stop before its first job:", *planned.refusals]
    if seen.faults:
        stops += ["A run would stop at one of its first jobs:", *seen.faults.lines]
    if stops:
        raise LandloomError("\n".join(stops))
    return 0


def told(
    path: Path,
    config: Config,
    planned: RunPlan,
    seen: FirstLook | None = None,
    *,
    all_kinds: bool,
) -> list[str]:
    """Return what is told of a configuration with sound keys, a line each."""
    is_refused = bool(planned.refusals or (seen and seen.faults))
    found = "its keys are right" if is_refused else "nothing wrong"
    lines = [f"{path}: {found}", "", "Made from"]
    for key, text in sources_told(config):
        lines += _indented(f"{key}: {text}")
    if seen and seen.aside:
        lines += ["", "Not looked into before a run"]
        lines += [line for text in seen.aside for line in _indented(text)]
    if seen and seen.notes:
        lines += ["", "A run would note"]
        lines += [line for text in seen.notes for line in _indented(text)]
    if not planned.kinds:
        return [*lines, "", f"Nothing would run: all is there below {config.results}/"]
    lines += ["", *_jobs(planned, all_kinds=all_kinds), ""]
    lines += _indented(_memory(planned.kinds), "Memory  ")
    lines += _indented(_disk(config), "Disk    ")
    if planned.seconds is not None:
        network = ", besides what the network takes" if needs_network(config) else ""
        lines += _indented(
            f"about {length(max(planned.seconds, 1.0))} on this machine{network}", "Time    "
        )
    return lines if is_refused else [*lines, "", f"Build it: landloom run {path}"]


def _indented(text: str, first: str = "  ") -> list[str]:
    rest = " " * len(first) if first.strip() else "      "
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _jobs(planned: RunPlan, *, all_kinds: bool) -> list[str]:
    """Return how many jobs there are, of which kinds."""
    known = [kind for kind in planned.kinds if not kind.later]
    later = [
        f"about {kind.jobs} {kind.rule}" if kind.jobs else f"some {kind.rule}"
        for kind in planned.kinds
        if kind.later
    ]
    more = f", and {', '.join(later)}, counted while it runs" if later else ""
    head = f"Would run: {planned.jobs} job{'s' * (planned.jobs != 1)}{more}"
    if all_kinds:
        wide = max(len(kind.rule) for kind in planned.kinds)
        return [head, *(f"  {kind.jobs:6d}  {kind.rule:<{wide}}  {kind.message}" for kind in known)]
    many = sorted((-(kind.jobs or 0), kind.rule) for kind in known if (kind.jobs or 0) > 1)[:_NAMED]
    rest = planned.jobs + sum(count for count, _ in many)
    parts = [f"{-count} {rule}" for count, rule in many]
    parts += [f"{rest} other{'s' * (rest > 1)} (--jobs lists all)"] if rest else []
    return [head, *_indented(", ".join(parts))]


def _memory(kinds: Iterable[Kind]) -> str:
    """Return how much memory the largest job asks for, and how much there is."""
    asked = {kind.rule: kind.mem_mb for kind in kinds if kind.mem_mb}
    rule = max(asked, key=lambda name: asked[name])
    text = f"about {in_bytes(asked[rule] * 1e6)} at most for one job ({rule})"
    unknown = [kind.rule for kind in kinds if not kind.mem_mb]
    if unknown:
        text += f", {', '.join(unknown)} not counted, which a file of the run tells"
    there = _machine()
    if there is None:
        return text
    text += f"; this machine has {in_bytes(there)}"
    return f"{text}, WHICH IS LESS" if asked[rule] * 1e6 > there else text


def _machine() -> float | None:
    """Return the bytes of memory that there are; None where that is not told."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return None


def _disk(config: Config) -> str:
    """Return about how much a run puts on the disk, and how much is free there."""
    disk = disk_of(config)
    text = f"about {in_bytes(disk.results)} below {config.results}/"
    if disk.kept:
        text += f", and {in_bytes(disk.kept)} below resources/, which other runs can use"
    free = _free(Path(config.results))
    text += f"; {in_bytes(free)} free"
    return f"{text}, WHICH IS LESS" if disk.results + disk.kept > free else text


def _free(folder: Path) -> float:
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return float(shutil.disk_usage(there).free)
