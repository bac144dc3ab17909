"""Accuracy and area from a stratified random sample of reference points.

Every figure is a ratio R = Y / X of two totals over the pixels of a map, where a pixel counts by
the cell of the error matrix that it is in: its class on the map, and in reference. Overall accuracy
has Y = the pixels on the diagonal and X = all; the accuracy of a class on the map (user's) X =
those mapped as it; in reference (producer's) X = those that are it; a share of area X = all.

References
----------
Stehman (2014), "Estimating area and map accuracy for stratified random sampling when the strata are
different from the map classes", International Journal of Remote Sensing 35: eq. 2 and 25 for means,
27 and 28 for ratios. Olofsson et al. (2014), "Good practices for estimating area and assessing
accuracy of land change", Remote Sensing of Environment 148: eq. 5 to 7, 9 to 11, which the former
become where the strata are the classes of the map, and no finite population is corrected for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landloom.arrays import Float64s, Int64s, Mask


@dataclass(frozen=True)
class Counts:
    """A stratified random sample.

    Attributes
    ----------
    cells : int64, (strata, classes, classes)
        Points by stratum, class on the map, class in reference. No stratum is without points.
    sizes : float64, (strata,)
        Area of each stratum, in any unit; more than 0.
    pixels : float64, (strata,), optional
        Pixels of each stratum that could be drawn, of which the points are a part that need not be
        estimated; None for no such correction.
    """

    cells: Int64s
    sizes: Float64s
    pixels: Float64s | None = None

    @property
    def points(self) -> Int64s:
        """Points of each stratum, (strata,)."""
        points: Int64s = self.cells.sum(axis=(1, 2))
        return points

    @property
    def left(self) -> Float64s:
        """Share of each stratum that was not looked at; 1 unless populations are finite."""
        if self.pixels is None:
            return np.ones_like(self.sizes)
        left: Float64s = np.maximum(1 - self.points / self.pixels, 0)
        return left

    @property
    def alone(self) -> Mask:
        """Strata of one point, of which no variance can be told, if there are more pixels."""
        alone: Mask = (self.points == 1) & (self.left > 0)
        return alone

    @property
    def possible(self) -> Mask:
        """Cells that a point of a stratum can be in: map classes that the stratum's points have."""
        there = self.cells.sum(axis=2) > 0
        return np.broadcast_to(there[:, :, None], self.cells.shape)


@dataclass(frozen=True)
class Estimate:
    """A figure and its standard error; None where the points do not tell it."""

    value: float | None
    error: float | None


@dataclass(frozen=True)
class Figures:
    """What a sample tells of a map: shares, all from 0 to 1.

    Attributes
    ----------
    overall : Estimate
        Share of the area that the map has right.
    users, producers : tuple of Estimate
        Of each class: the share of its area on the map that is it in reference, and the share of
        its area in reference that is it on the map.
    shares : tuple of Estimate
        Share of each class in the area, in reference.
    matrix : tuple of tuples of Estimate
        Share of each cell in the area; rows are the map's classes, columns the reference's.
    """

    overall: Estimate
    users: tuple[Estimate, ...]
    producers: tuple[Estimate, ...]
    shares: tuple[Estimate, ...]
    matrix: tuple[tuple[Estimate, ...], ...]


def estimate(counts: Counts) -> Figures:
    """Estimate all figures of a map.

    Raises
    ------
    ValueError
        Where a stratum has no point, or no size.
    """
    if not (counts.points > 0).all() or not (counts.sizes > 0).all():
        raise ValueError("every stratum needs points and a size")
    k = counts.cells.shape[1]
    everything, right = np.ones((k, k), bool), np.eye(k, dtype=bool)
    rows = [_cells(k, (i, slice(None))) for i in range(k)]
    columns = [_cells(k, (slice(None), j)) for j in range(k)]
    return Figures(
        overall=ratio(counts, right, everything),
        users=tuple(ratio(counts, right & row, row) for row in rows),
        producers=tuple(ratio(counts, right & column, column) for column in columns),
        shares=tuple(ratio(counts, column, everything) for column in columns),
        matrix=_matrix(counts),
    )


def ratio(counts: Counts, part: Mask, whole: Mask) -> Estimate:
    """Estimate which share of the pixels in some cells of the error matrix is in others.

    Parameters
    ----------
    counts : Counts
        The sample.
    part, whole : bool, (classes, classes)
        The cells.

    Returns
    -------
    Estimate
        Without a value where no point is in `whole`; without a standard error, too, where it hangs
        on a stratum of one point, of which no variance can be told.
    """
    points, sizes = counts.points.astype(np.float64), counts.sizes
    expansion = sizes / points
    total = float((expansion * _inside(counts.cells, whole)).sum())
    if total == 0:
        return Estimate(None, None)
    value = float((expansion * _inside(counts.cells, part)).sum()) / total
    if (counts.alone & _varies(counts.possible, part, whole)).any():
        return Estimate(value, None)
    residual = part.astype(np.float64) - value * whole
    mean = (counts.cells * residual).sum(axis=(1, 2)) / points
    squares = (counts.cells * (residual - mean[:, None, None]) ** 2).sum(axis=(1, 2))
    variance = squares / np.maximum(points - 1, 1)
    error = float(np.sqrt((sizes**2 * counts.left * variance / points).sum()) / total)
    return Estimate(value, error)


def _matrix(counts: Counts) -> tuple[tuple[Estimate, ...], ...]:
    """Return the share of each cell, as `ratio` would, for all of them at once."""
    points, sizes = counts.points.astype(np.float64), counts.sizes / counts.sizes.sum()
    parts = counts.cells / points[:, None, None]
    shares = np.einsum("h,hij->ij", sizes, parts)
    spread = sizes**2 * counts.left / np.maximum(points - 1, 1)
    errors = np.sqrt(np.einsum("h,hij->ij", spread, parts * (1 - parts)))
    open_cells = counts.possible & (counts.possible.sum(axis=(1, 2)) > 1)[:, None, None]
    untold = open_cells[counts.alone].any(axis=0)
    k = range(len(shares))
    return tuple(
        tuple(
            Estimate(float(shares[i, j]), None if untold[i, j] else float(errors[i, j])) for j in k
        )
        for i in k
    )


def _cells(k: int, where: tuple[int | slice, int | slice]) -> Mask:
    cells = np.zeros((k, k), bool)
    cells[where] = True
    return cells


def _inside(cells: Int64s, chosen: Mask) -> Int64s:
    """Return each stratum's points in some cells, (strata,)."""
    inside: Int64s = (cells * chosen).sum(axis=(1, 2))
    return inside


def _varies(possible: Mask, part: Mask, whole: Mask) -> Mask:
    """Return for which strata the points can differ in what a ratio counts, (strata,)."""
    kinds = [possible & kind for kind in (part & whole, whole & ~part, ~whole)]
    varies: Mask = np.sum([kind.any(axis=(1, 2)) for kind in kinds], axis=0) > 1
    return varies
