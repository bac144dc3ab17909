"""The split: which cells are test cells, and which training patches lie too near to them."""

from __future__ import annotations

from collections.abc import Collection

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from landloom.dataset.cells import CellGrid
from landloom.dataset.sobol import sobol_points
from landloom.errors import LandloomError


def choose_test_cells(
    grid: CellGrid, fraction: float, seed: int, bare: Collection[str] = ()
) -> set[str]:
    """Choose test cells that spread evenly over the region.

    Points of a scrambled Sobol sequence are laid over the grid; the cells that they hit first
    are the test cells. Cells that cannot have patches are passed over: without such, the choice
    follows from the grid alone.

    Parameters
    ----------
    grid
        The cells.
    fraction
        Share of the cells that can have patches, in (0, 1).
    seed
        Seed of the scrambling.
    bare
        Names of the cells that cannot have patches.

    Returns
    -------
    set of str
        ``int(n_cells * fraction)`` names; at least one, where cells are passed over.

    Raises
    ------
    LandloomError
        Where fewer than two cells can have patches.

    References
    ----------
    Sobol (1967); Owen (1998), Scrambling Sobol' and Niederreiter-Xing points; as in
    ``scipy.stats.qmc.Sobol``: see `landloom.dataset.sobol`.
    """
    eligible = grid.n**2 - len(bare)
    wanted = int(eligible * fraction)
    if bare:
        _check_enough(eligible, grid)
        wanted = max(1, wanted)
    passed_over = {grid.position(name) for name in bare}
    chosen: dict[tuple[int, int], None] = {}
    drawn, count = 0, 2 ** max(4, int(np.ceil(np.log2(max(wanted, 1)))))
    while len(chosen) < wanted:
        # Balanced only in powers of two: each further draw doubles the sequence. It reaches
        # every cell in the end, since any box holds one of its elementary intervals.
        points = sobol_points(count, seed)[drawn:]
        drawn, count = count, 2 * count
        cells = np.minimum((points * grid.n).astype(int), grid.n - 1)
        for row, column in cells.tolist():
            if len(chosen) == wanted:
                break
            if (row, column) not in passed_over:
                chosen[row, column] = None
    return {grid.name(row, column) for row, column in chosen}


def _check_enough(eligible: int, grid: CellGrid) -> None:
    if eligible < 2:
        raise LandloomError(
            f"config: dataset.region: {eligible} of its {grid.n**2} cells can have patches, too "
            "few for train and test: the others lie off the land-cover raster, or have void or "
            "unknown pixels in every patch; choose another region, raise dataset.grid.n or "
            "shorten dataset.landcover.unknown"
        )


def split_map(grid: CellGrid, test: set[str]) -> geopandas.GeoDataFrame:
    """Return the cells with their split: ``cell``, ``row``, ``col``, ``split``, EPSG:4326."""
    names = grid.names()
    positions = [grid.position(name) for name in names]
    return geopandas.GeoDataFrame(
        {
            "cell": names,
            "row": [row for row, _ in positions],
            "col": [column for _, column in positions],
            "split": ["test" if name in test else "train" for name in names],
        },
        geometry=[shapely.box(*grid.cell(name).bounds) for name in names],
        crs="EPSG:4326",
    )


class Neighbours:
    """Patches of a lattice, to find what lies near them.

    Two patches of one lattice are nearest at corners, so corners are what is compared: straight
    lines through the ellipsoid (WGS 84), which are shorter than the way over the ground by less
    than a metre in 90 km. Whoever keeps the distance so, keeps it on the ground.

    Parameters
    ----------
    corners
        Lon and lat of the patches' corners, each (n, 4), degrees.
    """

    def __init__(self, corners: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]) -> None:
        from scipy.spatial import cKDTree

        self._tree = cKDTree(_geocentric(*corners).reshape(-1, 3))

    def nearer_than(
        self,
        distance: float,
        corners: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    ) -> npt.NDArray[np.bool_]:
        """Return which other patches of the lattice lie nearer than a distance to any of these.

        Parameters
        ----------
        distance
            Metres.
        corners
            Lon and lat of the others' corners, each (m, 4), degrees.

        Returns
        -------
        numpy.ndarray
            (m,) bool.
        """
        here = _geocentric(*corners)
        nearest, _ = self._tree.query(here.reshape(-1, 3), distance_upper_bound=distance)
        near: npt.NDArray[np.bool_] = (nearest.reshape(-1, 4) < distance).any(axis=1)
        return near

    def distances(
        self, corners: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
    ) -> npt.NDArray[np.float64]:
        """Return how far other patches of the lattice lie from the nearest of these.

        Parameters
        ----------
        corners
            Lon and lat of the others' corners, each (m, 4), degrees.

        Returns
        -------
        numpy.ndarray
            (m,) metres; 0 where two touch.
        """
        nearest, _ = self._tree.query(_geocentric(*corners).reshape(-1, 3))
        found: npt.NDArray[np.float64] = nearest.reshape(-1, 4).min(axis=1)
        # Corners that are one and the same come from two patches, with other rounding.
        return np.where(found < _TOUCHING, 0.0, found)


_TOUCHING = 1e-3
"""Metres between corners of patches that touch, at the most."""


def _geocentric(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return geocentric coordinates (EPSG:4978, m), (n, 4, 3)."""
    from pyproj import Transformer

    to_geocentric = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.stack(to_geocentric.transform(lon, lat, np.zeros_like(lon)), axis=-1)
