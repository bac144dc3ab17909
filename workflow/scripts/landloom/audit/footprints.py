"""Footprints: polygons of any sets in any CRSs, their edges straight in their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from landloom.arrays import Float64s, Indices, Int64s, Mask

Shapes = npt.NDArray[np.object_]
"""Geometries of shapely."""

METRES_PER_DEGREE = 111_320.0
"""At the equator: no degree is longer, but for 1 in 300 towards the poles."""

_STRAIGHT = 1e-9
"""Share of a box that a polygon may miss to be the box itself."""


@dataclass(frozen=True)
class Footprints:
    """Places of samples, of one set or of several after each other.

    Attributes
    ----------
    shapes : ndarray of polygons and multipolygons, (n,)
        In two dimensions, valid and not empty; lon before lat.
    crss : tuple of CRS
        Those that occur.
    zone : int64, (n,)
        The number of each footprint's CRS.
    pixel : float64, (n,)
        Metres of a pixel's side where it is known, else NaN.
    exact : bool, (n,)
        Whether the edges are known to be straight in the CRS, as those of a raster are in its own.
    owner : int64, (n,)
        The number of each footprint's set.
    """

    shapes: Shapes
    crss: tuple[CRS, ...]
    zone: Int64s
    pixel: Float64s
    exact: Mask
    owner: Int64s

    @classmethod
    def of(cls, shapes: Shapes, crs: CRS) -> Self:
        """Return footprints of one set and CRS, without known pixels.

        Boxes of the CRS's own axes are taken for exact: of others, such as four corners that were
        led there from another CRS, nothing tells how their edges were meant.
        """
        none = np.zeros(len(shapes), np.int64)
        west, south, east, north = shapely.bounds(shapes).T
        box = (east - west) * (north - south)
        exact = shapely.area(shapes) >= box * (1 - _STRAIGHT)
        return cls(shapes, (crs,), none, np.full(len(shapes), np.nan), exact, none)

    @classmethod
    def joined(cls, sets: Sequence[Footprints]) -> Self:
        """Join sets, which are numbered in their order."""
        crss = tuple(dict.fromkeys(crs for one in sets for crs in one.crss))
        zones = [np.array([crss.index(crs) for crs in one.crss], np.int64) for one in sets]
        return cls(
            np.concatenate([one.shapes for one in sets]),
            crss,
            np.concatenate([new[one.zone] for new, one in zip(zones, sets, strict=True)]),
            np.concatenate([one.pixel for one in sets]),
            np.concatenate([one.exact for one in sets]),
            np.repeat(np.arange(len(sets)), [len(one.shapes) for one in sets]),
        )

    def take(self, some: Mask | Indices) -> Footprints:
        """Return the footprints that a mask or numbers choose."""
        return Footprints(
            self.shapes[some],
            self.crss,
            self.zone[some],
            self.pixel[some],
            self.exact[some],
            self.owner[some],
        )

    @cached_property
    def unit(self) -> Float64s:
        """Metres of a unit of each footprint's CRS, (n,); of degrees, along the equator."""
        units = [metres_of_unit(crs) for crs in self.crss]
        return np.array(units)[self.zone]

    @cached_property
    def bounds(self) -> Float64s:
        """West, south, east, north in each footprint's CRS, (n, 4)."""
        box: Float64s = shapely.bounds(self.shapes)
        return box


def metres_of_unit(crs: CRS) -> float:
    """Return metres of a unit of a CRS; of angles, along the equator."""
    factor = float(crs.axis_info[0].unit_conversion_factor)
    return factor * METRES_PER_DEGREE * 180 / np.pi if crs.is_geographic else factor


def once_round(crs: CRS) -> float:
    """Return once round the Earth in units of longitudes; 0 where there are none."""
    return 2 * np.pi / crs.axis_info[0].unit_conversion_factor if crs.is_geographic else 0.0


def moved(shapes: Shapes, coordinates: Float64s) -> Shapes:
    """Return shapes with other coordinates, (m, 2), in the order of `shapely.get_coordinates`."""
    copies: Shapes = shapely.set_coordinates(shapes.copy(), coordinates)
    return copies
