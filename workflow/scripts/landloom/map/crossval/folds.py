"""Folds: which samples are judged by a forest that did not learn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from landloom.arrays import Int64s
from landloom.job.files import read_json, write_json


@dataclass(frozen=True)
class Folds:
    """A fold for each sample.

    Attributes
    ----------
    scheme
        How they were cut: ``random``, ``knndm``, ``blocks`` or ``group``.
    number
        Each sample's fold, (samples,), 0 to ``n - 1``, in the order of `map/samples.parquet`.
    n
        How many folds there are; each has a sample.
    about
        What the scheme tells of them, as plain data.
    notes
        What a reader should know: `landloom.map.crossval.schemes.fold_notes`.
    """

    scheme: str
    number: Int64s
    n: int
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def by_chance(self) -> bool:
        """Whether they are random: as was asked for, or since ``knndm`` fell back to it."""
        return self.scheme == "random" or bool(self.about.get("random"))

    def write(self, path: str | Path) -> None:
        """Write them as JSON."""
        write_json(
            path,
            {
                "scheme": self.scheme,
                "n": self.n,
                "about": dict(self.about),
                "notes": list(self.notes),
                "folds": self.number.tolist(),
            },
        )

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what `write` wrote."""
        told = read_json(path)
        number = np.array(told["folds"], dtype=np.int64)
        return cls(told["scheme"], number, told["n"], told["about"], tuple(told["notes"]))
