"""Tiles on one pixel grid: the grid of them all, and where each lies on it."""

from __future__ import annotations

from collections.abc import Mapping

from affine import Affine

from landloom.errors import LandloomError
from landloom.raster.pixel_grid import Drift, PixelGrid


def join_grids(
    tiles: Mapping[str, PixelGrid], key: str
) -> tuple[PixelGrid, dict[str, tuple[int, int]]]:
    """Return the smallest grid that holds some tiles, and each tile's place on it.

    Parameters
    ----------
    tiles
        Path to grid, at least one; the first one's pixels are those of the whole.
    key
        The config key that names the tiles, for messages.

    Returns
    -------
    whole : PixelGrid
        The grid.
    places : dict of str to (int, int)
        Path to row and column of the tile's first pixel.

    Raises
    ------
    LandloomError
        Where a tile's CRS or pixels are not those of the first, or lie between them.
    """
    (name, first), *_ = tiles.items()
    offsets = {path: _offset(name, first, path, grid, key) for path, grid in tiles.items()}
    top, left = (min(axis) for axis in zip(*offsets.values(), strict=True))
    places = {path: (row - top, col - left) for path, (row, col) in offsets.items()}
    height = max(places[path][0] + grid.height for path, grid in tiles.items())
    width = max(places[path][1] + grid.width for path, grid in tiles.items())
    transform = first.transform @ Affine.translation(left, top)
    return PixelGrid(first.wkt, transform, width, height), places


def difference_error(
    what: str, values: Mapping[str, object], key: str, remedy: str
) -> LandloomError:
    """Return the error that two tiles differ.

    Parameters
    ----------
    what
        In what.
    values
        The path of each and what it has.
    key, remedy
        The config key that names the tiles, and what to do.
    """
    found = ", ".join(f"{path} has {value}" for path, value in values.items())
    return LandloomError(f"{key}: tiles of different {what}: {found}; {remedy}")


def _offset(name: str, first: PixelGrid, path: str, other: PixelGrid, key: str) -> tuple[int, int]:
    """Return row and column of a tile's first pixel, counted from those of the first tile."""
    if not first.has_crs_of(other):
        crs = {name: first.crs.to_string(), path: other.crs.to_string()}
        raise difference_error(
            "CRS", crs, key, "reproject them to one CRS, or list those of one only"
        )
    drift = Drift.between(first, other)
    if not drift.same_pixels:
        steps = {name: _steps(first), path: _steps(other)}
        raise difference_error(
            "pixel steps (a, b, d, e)", steps, key, "resample them to one pixel grid"
        )
    if not drift.whole:
        raise LandloomError(
            f"{key}: {path} lies {drift.cols:.3f} columns and {drift.rows:.3f} rows from {name}, "
            "not a whole number of pixels; resample them to one pixel grid"
        )
    return drift.place


def _steps(grid: PixelGrid) -> tuple[float, ...]:
    """Return a transform's linear part: y steps of unlike sign tell a bottom-up tile."""
    transform = grid.transform
    return transform.a, transform.b, transform.d, transform.e
