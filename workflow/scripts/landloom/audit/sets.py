"""A set of footprints with all that is told of it: names of rows, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from landloom.arrays import Int64s, Mask
from landloom.audit.footprints import Footprints, Shapes, moved, once_round
from landloom.audit.ground import lonlat_of
from landloom.errors import LandloomError
from landloom.map.row_checks import row_names
from landloom.raster.pixel_grid import PixelGrid

_POLYGONS = (3, 6)


@dataclass(frozen=True)
class AuditSet:
    """A set of footprints.

    Attributes
    ----------
    name, path
        What it is called, and where it comes from.
    footprints
        What could be read.
    rows : int64, (n,)
        The numbers of their rows, or of files among others.
    labels : ndarray of str, (n,)
        What they are called; empty where there is no name.
    faults : dict of str to int64
        Rows with a fault, by what it is and what was done.
    grid : PixelGrid, optional
        Where the set is of rasters on one grid, this.
    """

    name: str
    path: str
    footprints: Footprints
    rows: Int64s
    labels: npt.NDArray[np.object_]
    faults: dict[str, Int64s] = field(default_factory=dict)
    grid: PixelGrid | None = None


EMPTY = "without a shape, left out"
FLAT = "without an area, left out"
INVALID = "not valid, repaired"
TURNED = "across the antimeridian, joined there"


def sound(
    shapes: Shapes, rows: Int64s, crs: CRS, called: str
) -> tuple[Shapes, Int64s, dict[str, Int64s]]:
    """Return footprints that can be compared, which rows they are, and the faults of others.

    Parameters
    ----------
    shapes
        As they were read, (n,).
    rows : int64, (n,)
        Their numbers.
    crs
        Of the shapes.
    called
        What to call the file in messages.

    Returns
    -------
    shapes
        Polygons and multipolygons in two dimensions, (m,).
    kept : int64, (m,)
        Their places among all.
    faults
        Rows with a fault, by what it is and what was done.

    Raises
    ------
    LandloomError
        Some lie nowhere on the Earth, or none are left.
    """
    kept = np.arange(len(shapes))
    void = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    faults = {EMPTY: rows[void]}
    shapes, kept = shapely.force_2d(shapes[~void]), kept[~void]
    _check_places(shapes, rows[kept], crs, called)
    shapes, turned = _turned(shapes, crs)
    faults[TURNED] = rows[kept[turned]]
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = [_areal(shape) for shape in shapely.make_valid(shapes[invalid])]
    flat = ~np.isin(shapely.get_type_id(shapes), _POLYGONS) | ~(shapely.area(shapes) > 0)
    faults[INVALID] = rows[kept[invalid & ~flat]]
    faults[FLAT] = rows[kept[flat]]
    shapes, kept = shapes[~flat], kept[~flat]
    if not kept.size:
        told = "; ".join(f"{len(some)} {what}" for what, some in faults.items() if some.size)
        raise LandloomError(
            f"{called} has no footprints with an area ({told or 'no rows'}); give polygons, or "
            "points with --size"
        )
    return shapes, kept, {what: some for what, some in faults.items() if some.size}


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a repaired shape; an empty one where there are none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _check_places(shapes: Shapes, rows: Int64s, crs: CRS, called: str) -> None:
    """Refuse what lies nowhere on the Earth, as coordinates of another CRS than is named do."""
    points, of = shapely.get_coordinates(shapes, return_index=True)
    odd: Mask = ~np.isfinite(points).all(axis=1)
    if around := once_round(crs):
        odd |= (np.abs(points[:, 1]) > around / 4 * (1 + 1e-9)) | (
            np.abs(points[:, 0]) > 2 * around
        )
    else:
        odd |= ~np.isfinite(lonlat_of(crs, *points.T)[0])
    if odd.any():
        place = np.flatnonzero(odd)[0]
        x, y = points[place].tolist()
        raise LandloomError(
            f"{called}: {row_names(np.unique(rows[of[odd]]))}: x={x:g}, y={y:g} is no place of "
            f"{crs.name}; give the file the CRS that its coordinates are in, longitude first"
        )


def _turned(shapes: Shapes, crs: CRS) -> tuple[Shapes, Mask]:
    """Make footprints whole that a seam of longitudes cuts, beyond 180 degrees; tell which."""
    around = once_round(crs)
    if not around or not len(shapes):
        return shapes, np.zeros(len(shapes), np.bool_)
    west, _, east, _ = shapely.bounds(shapes).T
    wide = np.flatnonzero(east - west > around / 2)
    points = shapely.get_coordinates(shapes[wide])
    points[points[:, 0] < 0, 0] += around
    whole = moved(shapes[wide], points)
    lower, _, upper, _ = shapely.bounds(whole).T
    # A box from seam to seam goes round the Earth.
    narrow = (upper - lower < around / 2) & (upper > lower)
    turned = np.zeros(len(shapes), np.bool_)
    turned[wide[narrow]] = True
    shapes = shapes.copy()
    shapes[turned] = [_joined(shape) for shape in whole[narrow]]
    return shapes, turned


def _joined(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts) if len(parts) > 1 and shapely.is_valid(parts).all() else shape


def common_grid(grids: Sequence[PixelGrid]) -> PixelGrid | None:
    """Return the grid on which all of some rasters lie; None where there is no such."""
    if not grids or any(grids[0].shift(grid) is None for grid in grids[1:]):
        return None
    return grids[0]
