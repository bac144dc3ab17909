"""The dataset: class distribution and the stacks of samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from numpy.lib.format import write_array_header_1_0

from landloom.arrays import Mask
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import CellPatches
from landloom.dataset.relief import Relief
from landloom.dataset.split import Neighbours
from landloom.errors import LandloomError
from landloom.job.geopackage import write_gpkg
from landloom.job.runner import tenths
from landloom.legend.decimals import percent
from landloom.legend.legends import Legend

_ROWS_AT_ONCE = 4096


def class_distribution(histograms: Iterable[Mapping[int, int]], legend: Legend) -> pd.DataFrame:
    """Sum the cells' histograms.

    Returns
    -------
    pandas.DataFrame
        A row per class that is present, by code: ``code``, ``name``, ``red``, ``green``,
        ``blue``, ``count`` (source pixels), ``percentage``, ``index`` (0 and on: the value in
        the arrays).

    Raises
    ------
    LandloomError
        Where no pixel has a known class.
    """
    totals: Counter[int] = Counter()
    for histogram in histograms:
        totals.update(histogram)
    codes = sorted(code for code, count in totals.items() if count)
    if not codes:
        raise LandloomError(
            "no pixel of the region has a known class; look at dataset.region, "
            "dataset.landcover.unknown and the raster's nodata"
        )
    counts = np.array([totals[code] for code in codes], np.int64)
    rgb = np.array([legend[code].rgb for code in codes], np.uint8)
    return pd.DataFrame(
        {
            "code": np.array(codes, np.int32),
            "name": [legend[code].name for code in codes],
            "red": rgb[:, 0],
            "green": rgb[:, 1],
            "blue": rgb[:, 2],
            "count": counts,
            "percentage": 100.0 * counts / counts.sum(),
            "index": np.arange(len(codes), dtype=np.int32),
        }
    )


@dataclass(frozen=True)
class CellFiles:
    """Where the patches and the relief of a cell are."""

    cell: str
    patches: Path
    relief: Path

    def kept(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the lattice rows and columns of the patches that elevation left."""
        rows, cols = CellPatches.load_places(self.patches)
        kept = Relief.load_kept(self.relief)
        return rows[kept], cols[kept]


@dataclass(frozen=True)
class StackCounts:
    """What became of the patches of one split; every patch is counted once.

    Attributes
    ----------
    owned
        Patches whose centre lies in the split's cells.
    rejected
        Reason (``unknown`` or a code) to the patches that the land cover ruled out.
    void
        Patches with too many void elevation pixels.
    buffered
        Patches too near to the other split.
    samples
        Patches in the stack.
    filled, filled_pixels
        Samples with void elevation that was inpainted, and how many of their pixels were.
    """

    owned: int
    rejected: dict[str, int]
    void: int
    buffered: int
    samples: int
    filled: int = 0
    filled_pixels: int = 0

    def loss(self, buffer_km: float) -> str | None:
        """Return how much the buffer has cost, if that is more than half of the patches."""
        if self.buffered <= self.samples:
            return None
        fit = self.buffered + self.samples
        return (
            f"dataset.grid.buffer_km: the buffer of {buffer_km:g} km leaves {self.samples} of "
            f"{fit} patches ({percent(self.samples / fit)}); lower it, or lower dataset.grid.n so "
            "that cells are larger"
        )


class Stack:
    """The samples of one split: which patches they are, and the writing of their files.

    Parameters
    ----------
    members
        The cells of the split, in order.
    others
        The cells of the other split, where a distance to them is to be kept.
    lattice
        The patches' lattice.
    buffer
        Metres to keep from patches of the other cells; 0 leaves none out.
    name
        What to call the split in messages.

    Raises
    ------
    LandloomError
        Where no sample is left.
    """

    def __init__(
        self,
        members: Sequence[CellFiles],
        others: Sequence[CellFiles],
        lattice: Lattice,
        buffer: float,
        name: str = "the split",
    ) -> None:
        self._members = members
        self._lattice = lattice
        self._chosen: list[Mask | None] = [None] * len(members)
        if buffer > 0:
            self._leave_out(others, buffer)
        self.counts = self._count()
        if not self.counts.samples:
            raise LandloomError(_nothing_left(self.counts, name))

    def _count(self) -> StackCounts:
        rejected: Counter[str] = Counter()
        accepted = void = buffered = filled = filled_pixels = 0
        for files, chosen in zip(self._members, self._chosen, strict=True):
            rejected.update(CellPatches.load_rejected(files.patches))
            kept = Relief.load_kept(files.relief)
            accepted += kept.size
            void += int((~kept).sum())
            buffered += 0 if chosen is None else int((~chosen).sum())
            pixels = Relief.load_filled(files.relief)
            pixels = pixels if chosen is None else pixels[chosen]
            filled += int((pixels > 0).sum())
            filled_pixels += int(pixels.sum())
        owned = accepted + sum(rejected.values())
        samples = accepted - void - buffered
        return StackCounts(owned, dict(rejected), void, buffered, samples, filled, filled_pixels)

    def _leave_out(self, others: Sequence[CellFiles], buffer: float) -> None:
        """Mark the patches that keep their distance from those of the other cells."""
        places = [files.kept() for files in others]
        rows, cols = (np.concatenate(part) for part in zip(*places, strict=True))
        near = Neighbours(self._lattice.corners(rows, cols))
        for number, files in enumerate(self._members):
            here = self._lattice.corners(*files.kept())
            self._chosen[number] = ~near.nearer_than(buffer, here)

    def write_array(self, path: Path, index_of: Mapping[int, int]) -> None:
        """Write the samples as float32 (n, 2, size, size).

        Channel 0 is the class index, channel 1 the elevation above the patch's lowest pixel in
        metres. Written cell by cell; no more than a cell is ever held. Not through a memory map:
        on a disk that is full, a map kills the process where a write tells the reason.

        Parameters
        ----------
        path
            The ``.npy``.
        index_of
            Code to class index.
        """
        size = self._lattice.size
        shape = (self.counts.samples, 2, size, size)
        table = np.full(max(index_of, default=0) + 1, np.nan, np.float32)
        table[list(index_of)] = list(index_of.values())
        with path.open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            write_array_header_1_0(file, header)
            members = list(zip(self._members, self._chosen, strict=True))
            for files, chosen in tenths(members, "cells stacked"):
                patches, relief = CellPatches.load(files.patches), Relief.load(files.relief)
                some = slice(None) if chosen is None else chosen
                codes = patches.codes[relief.kept][some]
                samples = np.stack([table[codes], relief.heights[some]], axis=1)
                file.write(samples.astype("<f4", copy=False).data)

    def write_footprints(self, path: Path, layer: str) -> None:
        """Write a GeoPackage whose row i is sample i: footprint, cell, row, col, lon, lat."""
        append = False
        for frame in self._frames():
            write_gpkg(frame, path, layer, append)
            append = True

    def _frames(self) -> Iterator[geopandas.GeoDataFrame]:
        """Yield the table of samples in pieces of some thousand rows."""
        waiting: list[pd.DataFrame] = []
        for files, chosen in zip(self._members, self._chosen, strict=True):
            rows, cols = files.kept()
            some = slice(None) if chosen is None else chosen
            waiting.append(pd.DataFrame({"cell": files.cell, "row": rows[some], "col": cols[some]}))
            if sum(map(len, waiting)) >= _ROWS_AT_ONCE:
                yield self._frame(pd.concat(waiting, ignore_index=True))
                waiting = []
        if any(map(len, waiting)):
            yield self._frame(pd.concat(waiting, ignore_index=True))

    def _frame(self, table: pd.DataFrame) -> geopandas.GeoDataFrame:
        rows, cols = table["row"].to_numpy(), table["col"].to_numpy()
        lon, lat = self._lattice.lonlat(rows + 0.5, cols + 0.5)
        corners = np.stack(self._lattice.corners(rows, cols), axis=-1)
        return geopandas.GeoDataFrame(
            table.assign(lon=lon, lat=lat), geometry=shapely.polygons(corners), crs="EPSG:4326"
        )


def _nothing_left(counts: StackCounts, name: str) -> str:
    """Return why no sample is left, and name the keys that can bring some back."""
    begin = f"no patch is left in {name}"
    if not counts.owned:
        return (
            f"{begin}: none has its centre in its cells; change dataset.grid.seed, lower "
            "dataset.grid.n or choose another region"
        )
    if counts.void > counts.owned / 2:
        return (
            f"{begin}: elevation is void in {counts.void} of its {counts.owned} patches; does "
            "dataset.elevation.source cover the region, and are its tiles there? Else raise "
            "dataset.elevation.max_nodata"
        )
    reasons, remedies = [], []
    for reason, number in counts.rejected.items():
        if number and reason == "unknown":
            reasons.append(f"{number} for unknown or void land cover")
            remedies.append("shorten dataset.landcover.unknown")
        elif number:
            reasons.append(f"{number} for code {reason}")
            remedies.append(f"raise {reason} in dataset.landcover.reject")
    if counts.void:
        reasons.append(f"{counts.void} for void elevation")
        remedies.append("raise dataset.elevation.max_nodata")
    if counts.buffered:
        reasons.append(f"{counts.buffered} for the buffer")
        remedies.append("lower dataset.grid.buffer_km")
    remedies += ["change dataset.grid.seed", "choose another region"]
    return (
        f"{begin}: of its {counts.owned} patches all were left out, {', '.join(reasons)}; "
        f"{', '.join(remedies[:-1])} or {remedies[-1]}"
    )
