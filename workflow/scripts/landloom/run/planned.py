"""What a dry run would do, as it hands it to the command that asked: a file that an environment
variable names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

VARIABLE = "LANDLOOM_PLAN"
"""The environment variable with the path of the file that a dry run is to write."""

CHECKS_TOO = "LANDLOOM_PLAN_CHECKS"
"""The one that says ``no`` where a run's first checks, which may take time, are not wanted."""


def wanted_plan() -> str | None:
    """Return the path of the file in which the plan is wanted; None where nobody asked."""
    return os.environ.get(VARIABLE) or None


def checks_are_wanted() -> bool:
    """Return whether the plan is to tell what the checks before the first job say."""
    return os.environ.get(CHECKS_TOO) != "no"


@dataclass(frozen=True)
class Kind:
    """The jobs of one rule.

    Attributes
    ----------
    rule
        Its name.
    message
        What each says; ``*`` stands for what tells one from another.
    jobs
        How many there are; None where only a file that is made later tells.
    later
        Whether they are planned only while a run lasts: their number is about right, then.
    mem_mb
        The megabytes that one asks for at most; None where only a file that is made later tells.
    """

    rule: str
    message: str
    jobs: int | None
    mem_mb: int | None
    later: bool = False


class ToCome(NamedTuple):
    """A kind of jobs that is planned only while a run lasts.

    Attributes
    ----------
    rule
        Its name.
    jobs
        About how many there will be; None where nothing tells.
    mem_mb
        The megabytes that one will ask for; None where nothing tells.
    """

    rule: str
    jobs: int | None
    mem_mb: int | None


@dataclass(frozen=True)
class RunPlan:
    """What a run would do.

    Attributes
    ----------
    kinds
        Its jobs, by rule, in the order in which Snakemake names them first.
    refusals
        What would end it before its first job.
    seconds
        How long it is expected to take; None where that is not known.
    """

    kinds: tuple[Kind, ...]
    refusals: tuple[str, ...] = ()
    seconds: float | None = None

    @classmethod
    def of(
        cls,
        jobs: Iterable[tuple[str, str | None, int | None]],
        to_come: Iterable[ToCome] = (),
        refusals: Iterable[str] = (),
        seconds: float | None = None,
    ) -> RunPlan:
        """Return the plan of some jobs.

        Parameters
        ----------
        jobs
            Of each its rule, the rule's message, and the megabytes that it asks for, None where
            that is not known.
        to_come
            Kinds of jobs that are planned later.
        refusals, seconds
            As of the plan.
        """
        counts: dict[str, int] = {}
        messages: dict[str, str] = {}
        amounts: dict[str, list[int]] = {}
        for rule, message, amount in jobs:
            counts[rule] = counts.get(rule, 0) + 1
            messages[rule] = re.sub(r"\{[^}]*\}", "*", message or "")
            amounts.setdefault(rule, []).extend([] if amount is None else [amount])
        kinds = [
            Kind(rule, messages[rule], counts[rule], max(amounts[rule], default=None))
            for rule in sorted(counts)
        ]
        later = [
            Kind(kind.rule, "", kind.jobs, kind.mem_mb, later=True)
            for kind in to_come
            if kind.rule not in counts
        ]
        return cls((*kinds, *later), tuple(refusals), seconds)

    @classmethod
    def load(cls, path: str | Path) -> RunPlan:
        """Read a plan that was saved."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        kinds = tuple(Kind(**kind) for kind in content["kinds"])
        return cls(kinds, tuple(content["refusals"]), content["seconds"])

    def save(self, path: str | Path) -> None:
        """Write the plan for the process that waits for it."""
        Path(path).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @property
    def jobs(self) -> int:
        """How many jobs are planned already."""
        return sum(kind.jobs or 0 for kind in self.kinds if not kind.later)


def bands_and_dtype(path: str) -> tuple[int, str] | None:
    """Return how many bands a raster has and the type of their numbers; None where none is read."""
    try:
        import rasterio

        with rasterio.open(path) as raster:
            return raster.count, raster.dtypes[0]
    except (ImportError, OSError, ValueError):  # rasterio's errors are OSErrors
        return None
