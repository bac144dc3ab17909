"""Which cells can have patches at all, as far as the land cover goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from landloom.dataset.patches import CellPatches
from landloom.job.files import read_json, write_json


@dataclass(frozen=True)
class CellCoverage:
    """The cells that cannot have a sample, whatever the classes that are rejected.

    Attributes
    ----------
    cells
        How many cells there are.
    without_patch
        Names of those that own no patch: they lie off the raster.
    without_land_cover
        Names of those of whose patches each has void or unknown pixels.
    """

    cells: int
    without_patch: list[str]
    without_land_cover: list[str]

    @classmethod
    def of(cls, files: Mapping[str, str | Path]) -> CellCoverage:
        """Look into the patches of cells, name to file."""
        without_patch, without_land_cover = [], []
        for name, path in files.items():
            accepted = len(CellPatches.load_places(path)[0])
            rejected = CellPatches.load_rejected(path)
            owned = accepted + sum(rejected.values())
            if not owned:
                without_patch.append(name)
            elif rejected["unknown"] == owned:
                without_land_cover.append(name)
        return cls(len(files), without_patch, without_land_cover)

    @property
    def bare(self) -> set[str]:
        """The names of all of them."""
        return {*self.without_patch, *self.without_land_cover}

    def save(self, path: Path | str) -> None:
        """Write as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path | str) -> CellCoverage:
        """Read what `save` wrote."""
        return cls(**read_json(path))
