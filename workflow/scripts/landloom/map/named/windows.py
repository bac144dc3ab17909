"""Windows of a public embedding: what a region needs of it, and whose ground that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landloom.job.files import read_json, write_json
from landloom.raster.pixel_grid import Box, PixelGrid, part_of


@dataclass(frozen=True)
class NamedWindow:
    """A part of one tile of a public embedding, or of one zone's array.

    Attributes
    ----------
    name
        What to call it: a file's stem of letters, digits, dots and hyphens, unique among the
        windows of a run, and the same whatever the other windows are.
    place
        Where it is found below each of the dataset's addresses.
    grid : PixelGrid
        All pixels of the tile or array.
    box : Box
        Those that are fetched.
    footprint
        The ground for which the window's zone speaks, as WKT in longitude and latitude: where zones
        overlap, it ends at their common edge. Empty where the six degrees of the zone say it all.
    """

    name: str
    place: str
    grid: PixelGrid
    box: Box
    footprint: str = ""

    @property
    def own_grid(self) -> PixelGrid:
        """The pixels that are fetched."""
        return part_of(self.grid, self.box)

    def plain(self) -> dict[str, Any]:
        """Return the window as plain data."""
        return {
            "name": self.name,
            "place": self.place,
            "grid": self.grid.plain(),
            "box": list(self.box),
            "footprint": self.footprint,
        }

    @classmethod
    def from_plain(cls, fields: dict[str, Any]) -> NamedWindow:
        """Return the window that `plain` described."""
        grid, box = PixelGrid.from_plain(fields["grid"]), Box(*fields["box"])
        return cls(fields["name"], fields["place"], grid, box, fields["footprint"])


def write_windows(path: str | Path, dataset: str, windows: Sequence[NamedWindow]) -> None:
    """Write windows of a dataset as JSON; equal windows give equal bytes."""
    write_json(path, {"dataset": dataset, "windows": [window.plain() for window in windows]})


def read_windows(path: str | Path) -> list[NamedWindow]:
    """Read what `write_windows` wrote."""
    return [NamedWindow.from_plain(fields) for fields in read_json(path)["windows"]]
