"""Patches of a cell: cut from the lattice, screened, downsampled. Raw codes, no class mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader

from landloom.arrays import Int32s, Mask
from landloom.dataset.cells import Cell
from landloom.dataset.lattice import Lattice, Span
from landloom.legend.legends import refuse_unlisted
from landloom.raster.opening import read_codes

Codes = npt.NDArray[np.unsignedinteger]
Pixel = TypeVar("Pixel", bound=np.generic)

_MODE_PIXELS = 1 << 18
"""Pixels that are downsampled at a time: few enough for a processor's cache to hold them."""

_MODE_BY_PAIRS = 4
"""Side of a block up to which its pixels are compared in pairs, and not with each code."""


@dataclass(frozen=True)
class Screen:
    """What makes a patch unfit.

    Parameters
    ----------
    legend
        The codes that may occur.
    unknown
        Codes that mean 'not known': one such pixel rejects the patch.
    reject
        Code to the largest share of the patch that it may cover.
    """

    legend: Collection[int]
    unknown: Collection[int]
    reject: Mapping[int, float]


@dataclass(frozen=True)
class CellPatches:
    """The patches of one cell.

    Attributes
    ----------
    rows, cols
        Lattice position of the accepted patches, (n,) int32, row by row.
    codes
        Their downsampled codes, (n, size, size) uint8 or uint16.
    histogram
        Code to its count of source pixels over all patches that the cell owns, the rejected
        ones too; void and unknown pixels are left out.
    rejected
        Reason (``unknown`` or a code) to the number of patches; the first reason counts.
    """

    rows: Int32s
    cols: Int32s
    codes: Codes
    histogram: dict[int, int]
    rejected: dict[str, int]

    def save(self, path: Path) -> None:
        """Write to a ``.npz``; equal contents give equal bytes."""
        codes, counts = list(self.histogram), list(self.histogram.values())
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                rows=self.rows,
                cols=self.cols,
                codes=self.codes,
                histogram=np.array([codes, counts], np.int64),
                reasons=np.array(list(self.rejected), "U16"),
                rejected=np.array(list(self.rejected.values()), np.int64),
            )

    @classmethod
    def load(cls, path: str | Path) -> CellPatches:
        """Read what `save` wrote."""
        with np.load(path) as data:
            return cls(
                rows=data["rows"],
                cols=data["cols"],
                codes=data["codes"],
                histogram=_pairs(data["histogram"]),
                rejected=cls.load_rejected(path),
            )

    @staticmethod
    def load_places(path: str | Path) -> tuple[Int32s, Int32s]:
        """Read `rows` and `cols` alone."""
        with np.load(path) as data:
            return data["rows"], data["cols"]

    @staticmethod
    def load_histogram(path: str | Path) -> dict[int, int]:
        """Read `histogram` alone."""
        with np.load(path) as data:
            return _pairs(data["histogram"])

    @staticmethod
    def load_rejected(path: str | Path) -> dict[str, int]:
        """Read `rejected` alone."""
        with np.load(path) as data:
            return dict(zip(data["reasons"].tolist(), data["rejected"].tolist(), strict=True))


def extract_cell(
    raster: DatasetReader, lattice: Lattice, cell: Cell, screen: Screen
) -> CellPatches:
    """Cut, screen and downsample the patches that a cell owns.

    Parameters
    ----------
    raster
        Open raster of class codes (band 1).
    lattice
        The lattice over that raster.
    cell
        The cell.
    screen
        What makes a patch unfit.

    Raises
    ------
    LandloomError
        Where a known pixel has a code that is not in the legend.
    """
    rows, cols = lattice.owned(cell)
    if not rows.size:
        none = np.empty((0, lattice.size, lattice.size), _code_dtype(raster))
        return CellPatches(rows, cols, none, {}, _no_reasons(screen))
    span = lattice.span_of(rows, cols)
    window = read_codes(raster, 1, lattice.window(span))
    patches = take_patches(window.data, span, rows, cols)
    void = take_patches(np.ma.getmaskarray(window), span, rows, cols) if window.mask.any() else None
    present, counts = count_codes(patches, void)
    _refuse_strangers(raster.name, present, counts, screen)
    reason = reject_reasons(patches.shape[1] ** 2, present, counts, screen)
    known = [i for i, code in enumerate(present) if code not in screen.unknown]
    totals = counts.sum(axis=0)
    accepted = reason == 0
    return CellPatches(
        rows=rows[accepted],
        cols=cols[accepted],
        codes=downsample_mode(patches[accepted], lattice.downsample),
        histogram={int(present[i]): int(totals[i]) for i in known},
        rejected={
            name: int((reason == number).sum())
            for number, name in enumerate(_no_reasons(screen), start=1)
        },
    )


def take_patches(
    window: npt.NDArray[Pixel], span: Span, rows: Int32s, cols: Int32s
) -> npt.NDArray[Pixel]:
    """Copy patches out of the pixels of a box of patches.

    Parameters
    ----------
    window
        (span.rows * f, span.cols * f) pixels of the box, for any patch side f.
    span
        The box.
    rows, cols
        Lattice positions of the patches that are wanted, (n,).

    Returns
    -------
    numpy.ndarray
        (n, f, f).
    """
    side = window.shape[0] // span.rows
    view = window.reshape(span.rows, side, span.cols, side).swapaxes(1, 2)
    return view[rows - span.row, cols - span.col]


def count_codes(patches: Codes, void: Mask | None = None) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Count the codes of every patch.

    Parameters
    ----------
    patches
        (n, f, f) codes.
    void
        (n, f, f), true where a pixel has no code.

    Returns
    -------
    present
        (k,) codes that occur in any patch, ascending.
    counts
        (n, k) pixels; a row sums to f * f less the void pixels.
    """
    flat = patches.reshape(len(patches), -1)
    known = None if void is None else ~void.reshape(flat.shape)
    present = _distinct(flat)
    counts = np.empty((len(flat), len(present)), np.int64)
    for number, code in enumerate(present):
        found = flat == code
        counts[:, number] = _count_true(found if known is None else found & known)
    some = counts.any(axis=0)
    return present[some], counts[:, some]


def _distinct(codes: Codes) -> Codes:
    """Return the codes that occur, ascending; bytes without the sorting of `numpy.unique`."""
    if codes.dtype != np.uint8 or not codes.size:
        return np.unique(codes)
    found = [codes.min()]
    while found[-1] < 255:
        above = found[-1] + np.uint8(1)
        nearest = (codes - above).min()  # codes below wrap round to the far end
        if nearest > 255 - above:
            break
        found.append(above + nearest)
    return np.array(found, np.uint8)


def _count_true(marks: Mask) -> npt.NDArray[np.int64]:
    """Count along the last axis, eight or sixty-four marks at a time."""
    bits = np.packbits(marks, axis=-1)
    words = bits.view(np.uint64) if bits.shape[-1] % 8 == 0 else bits
    counts: npt.NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counts


def reject_reasons(
    pixels: int, present: Codes, counts: npt.NDArray[np.int64], screen: Screen
) -> npt.NDArray[np.intp]:
    """Return why each patch is unfit.

    Parameters
    ----------
    pixels
        Source pixels of a patch.
    present, counts
        As `count_codes` returns them.
    screen
        What makes a patch unfit.

    Returns
    -------
    numpy.ndarray
        (n,): 0 accepted, 1 void or unknown pixels, 2 and on the reject codes in their order.
    """
    known = ~np.isin(present, list(screen.unknown))
    reason = np.where(counts[:, known].sum(axis=1) < pixels, 1, 0)
    for number, (code, largest) in enumerate(screen.reject.items(), start=2):
        share = counts[:, present == code].sum(axis=1) / pixels
        reason[(reason == 0) & (share > largest)] = number
    return reason


def downsample_mode(patches: Codes, k: int) -> Codes:
    """Reduce each k x k block to its most frequent code; of equals, the smallest.

    Gives what ``scipy.stats.mode`` gives.

    Parameters
    ----------
    patches
        (n, f, f) codes, f divisible by k.
    k
        Side of a block.

    Returns
    -------
    numpy.ndarray
        (n, f / k, f / k), same dtype.
    """
    if k == 1:
        return patches
    n, side = len(patches), patches.shape[1] // k
    modes = np.empty((n, side, side), patches.dtype)
    at_once = max(1, _MODE_PIXELS // patches[:1].size) if n else 1
    for start in range(0, n, at_once):
        some = slice(start, start + at_once)
        blocks = patches[some].reshape(-1, side, k, side, k).transpose(2, 4, 0, 1, 3)
        planes = np.ascontiguousarray(blocks).reshape(k * k, -1, side, side)
        modes[some] = _mode_by_pairs(planes) if k <= _MODE_BY_PAIRS else _mode_by_code(planes)
    return modes


def _mode_by_code(planes: Codes) -> Codes:
    """Return the mode along the first axis: how often does each code occur?"""
    votes = np.min_scalar_type(len(planes))
    mode: Codes = np.zeros_like(planes[0])
    highest = np.zeros_like(mode, dtype=votes)
    for code in np.unique(planes):
        found = (planes == code).sum(axis=0, dtype=votes)
        np.copyto(mode, code, where=found > highest)
        np.maximum(highest, found, out=highest)
    return mode


def _mode_by_pairs(planes: Codes) -> Codes:
    """Return the mode along the first axis: how many others are each pixel's equals?

    With few planes that takes fewer passes than there are codes.
    """
    votes = np.zeros(planes.shape, np.min_scalar_type(len(planes)))
    for one, other in combinations(range(len(planes)), 2):
        equal = planes[one] == planes[other]
        votes[one] += equal
        votes[other] += equal
    # More votes win, then the smaller code: both in one number, the largest of which is kept.
    bits, largest = 8 * planes.dtype.itemsize, np.iinfo(planes.dtype).max
    narrow = bits == 8 and votes.dtype == np.uint8
    best = np.zeros(planes.shape[1:], np.uint16 if narrow else np.uint32)
    for vote, codes in zip(votes, planes, strict=True):
        rank = vote.astype(best.dtype) << bits
        rank |= largest - codes
        np.maximum(best, rank, out=best)
    mode: Codes = largest - best.astype(planes.dtype)
    return mode


def _pairs(columns: npt.NDArray[np.int64]) -> dict[int, int]:
    return dict(columns.T.tolist())


def _no_reasons(screen: Screen) -> dict[str, int]:
    return dict.fromkeys(["unknown", *map(str, screen.reject)], 0)


def _code_dtype(raster: DatasetReader) -> type[np.unsignedinteger]:
    return np.uint8 if raster.dtypes[0] == "uint8" else np.uint16


def _refuse_strangers(
    name: str, present: Codes, counts: npt.NDArray[np.int64], screen: Screen
) -> None:
    pixels = dict(zip(present.tolist(), counts.sum(axis=0).tolist(), strict=True))
    refuse_unlisted(name, pixels, {*screen.legend, *screen.unknown})
