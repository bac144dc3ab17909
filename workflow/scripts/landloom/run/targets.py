"""Whether what a command line asks for is a target; if not, which one was meant."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

GATHERING = ("all", "dataset", "map", "figures", "elevation", "publish")
"""What makes several files."""

_OF_DATASET = (
    "dataset_index", "dataset_croissant", "datasheet", "autocorrelation", "dataset_chips",
    "dataset_shards", "dataset_zarr",
)  # fmt: skip

TARGETS = (
    *GATHERING, *_OF_DATASET, "validation", "applicability", "calibration", "year_areas",
    "verify_sources", "repair",
)  # fmt: skip
"""The targets that are named to users."""

SECTIONS = {
    **dict.fromkeys(("dataset", "elevation", "publish", *_OF_DATASET), "dataset"),
    "map": "map",
    "validation": "map.validation",
    "crossval": "map.crossval",
    "applicability": "map.applicability",
    "figure_applicability": "map.applicability",
    "calibration": "map.calibration",
    "figure_reliability": "map.calibration",
    "generalised_map": "map.generalise",
}
"""Targets that are there with a section of the configuration only."""

_OF_YEARS = ("year_areas", "figure_years")


@dataclass(frozen=True)
class Targets:
    """What may be asked of a run.

    Attributes
    ----------
    rules
        Names of rules, and of each whether it is one for many names, which alone is no target.
    files
        The files that are made under one name.
    results
        The folder of results.
    """

    rules: Mapping[str, bool]
    files: Collection[str]
    results: str

    def faults(self, asked: Iterable[str], is_made: Callable[[str], bool]) -> list[str]:
        """Return what is wrong with some targets, one line each.

        Parameters
        ----------
        asked
            What the command line asks for.
        is_made
            Tells whether a rule makes a file.
        """
        return [fault for target in asked if (fault := self._fault(target, is_made))]

    def _fault(self, target: str, is_made: Callable[[str], bool]) -> str | None:
        if target in self.rules:
            return self._many(target) if self.rules[target] else None
        path = os.path.normpath(target)
        if is_made(target) or is_made(path) or Path(target).exists():
            return None
        return f"target {target}: {self._lacking(target, path, is_made)}"

    def _many(self, target: str) -> str:
        return (
            f"target {target}: makes a file for each of many names; ask for one of its files, or "
            f"for what is made of them: {self._known(GATHERING)}"
        )

    def _lacking(self, target: str, path: str, is_made: Callable[[str], bool]) -> str:
        if section := SECTIONS.get(target):
            return f"the configuration has no section '{section}', which it is made from; add it"
        if target in _OF_YEARS:
            return (
                "is made of several years, which the configuration does not have; name them as "
                "'map.embedding.years'"
            )
        below = f"{self.results}/{path}"
        if is_made(below):
            return f"is no file that a run makes; did you mean '{below}'?"
        known = [*self._single(), *self.files]
        near = difflib.get_close_matches(target, [*known, *SECTIONS, *_OF_YEARS], n=1)
        if near and near[0] not in known:
            why = self._lacking(near[0], near[0], is_made)
            return f"is no target; did you mean '{near[0]}' ({why})?"
        if near:
            return f"is neither a target nor a file that a run makes; did you mean '{near[0]}'?"
        if "/" in target or "." in target:
            return (
                "is no file that a run makes; docs/contracts.md lists these, below "
                f"{self.results}/, and targets are {self._known(TARGETS)}"
            )
        return (
            f"is no target; there are {self._known(TARGETS)}, and every file below {self.results}/"
        )

    def _single(self) -> list[str]:
        return [name for name, many in self.rules.items() if not many]

    def _known(self, named: Iterable[str]) -> str:
        return ", ".join(name for name in named if name in self.rules)
