"""True areas of pixels, on the ellipsoid, in every CRS; and of the classes of a map.

In degrees a pixel's area follows from its row alone, exactly. On a plane it is the pixel's size
over the areal scale there, told from how places on the ellipsoid change along x and y on a coarse
lattice: 1 throughout in an equal-area projection, 0.9992 on the central meridian of UTM, 2.4 at
50 N on Web Mercator, whose formula is that of a sphere but whose places lie on the ellipsoid.

References
----------
Snyder (1987), "Map projections: a working manual", USGS Professional Paper 1395: eq. 3-12 (the area
of a zone between the equator and a latitude).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pyproj import CRS

from landloom.arrays import Float64s, Int64s
from landloom.errors import LandloomError
from landloom.legend.values import NODATA
from landloom.raster.coordinates import apply_affine, coordinates
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import Box, PixelGrid

_WINDOW = 1024
"""Side of the windows in which a map is read, in pixels."""

_NODES = 33
"""Nodes of the lattice along each side of a window."""

_EQUAL = 1e-6
"""By how much the scale of an equal-area projection strays from 1, in what PROJ makes of it."""

HECTARE = 10_000.0


@dataclass(frozen=True)
class PixelAreas:
    """Areas of the pixels of a grid.

    Parameters
    ----------
    grid : PixelGrid
        The pixels.
    """

    grid: PixelGrid

    def of(self, box: Box) -> Float64s:
        """Return the areas of a box of pixels, in square metres, (height, width)."""
        if self._by_rows:
            rows = np.arange(box.top, box.bottom + 1)
            edges = self.grid.transform.f + self.grid.transform.e * rows
            zones = self._zone(edges.astype(np.float64))
            turn = abs(self.grid.transform.a) * self._radians
            return np.broadcast_to((np.abs(np.diff(zones)) * turn)[:, None], box.shape)
        nodes = [
            np.linspace(start + 0.5, max(end - 0.5, start + 0.5), min(_NODES, end - start))
            for start, end in ((box.top, box.bottom), (box.left, box.right))
        ]
        scale = self._density(*nodes)
        down, across = (np.arange(start, end) + 0.5 for start, end in (box[:2], box[2:]))
        between_rows = np.array([np.interp(down, nodes[0], column) for column in scale.T]).T
        between = np.array([np.interp(across, nodes[1], row) for row in between_rows])
        return between * abs(self.grid.transform.determinant)

    @cached_property
    def _by_rows(self) -> bool:
        """Whether all pixels of a row have the same parallels as their edges."""
        return self.grid.crs.is_geographic and self.grid.transform.b == self.grid.transform.d == 0

    @cached_property
    def _geographic(self) -> CRS:
        """Longitudes and latitudes, in degrees, on the ellipsoid of the grid's own CRS."""
        geodetic = self.grid.crs.geodetic_crs
        if geodetic is None:
            raise LandloomError(
                f"map.predict.crs: {self.grid.crs.name} has no longitudes and latitudes, so its "
                "pixels have no area on the Earth; name another CRS"
            )
        return geodetic

    @cached_property
    def _radians(self) -> float:
        """Radians to the unit of longitudes."""
        return float(self._geographic.axis_info[0].unit_conversion_factor)

    @cached_property
    def _ellipsoid(self) -> tuple[float, float]:
        """Semi-major axis in metres, and eccentricity squared."""
        geod = self._geographic.get_geod()
        if geod is None:
            raise LandloomError(
                f"map.predict.crs: {self.grid.crs.name} has no ellipsoid, so its pixels have no "
                "area on the Earth; name another CRS"
            )
        return float(geod.a), float(geod.es)

    def _zone(self, latitudes: Float64s) -> Float64s:
        """Return the area from the equator to latitudes, per radian of longitude, m²."""
        a, e2 = self._ellipsoid
        sine = np.sin(np.clip(latitudes * self._radians, -np.pi / 2, np.pi / 2))
        if e2 < 1e-12:
            return a**2 * sine
        e = np.sqrt(e2)
        zone: Float64s = (
            a**2 * (1 - e2) / 2 * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e)
        )
        return zone

    def _density(self, rows: Float64s, cols: Float64s) -> Float64s:
        """Return the area of a square unit of the CRS at places of a lattice, m², (rows, cols).

        It is that of the parallelogram between small steps along x and y, in space, where neither
        poles nor the seam of longitudes are special.
        """
        across, down = np.meshgrid(cols, rows)
        x, y = apply_affine(self.grid.transform, across, down)
        step = self._step
        along_x = self._in_space(x + step, y) - self._in_space(x - step, y)
        along_y = self._in_space(x, y + step) - self._in_space(x, y - step)
        density = np.linalg.norm(np.cross(along_x, along_y), axis=-1) / (2 * step) ** 2
        return self._settled(density)

    def _in_space(self, x: Float64s, y: Float64s) -> Float64s:
        """Return places on the ellipsoid, geocentric, in metres, (..., 3)."""
        lon, lat = coordinates(self.grid.crs, self._geographic)(x, y)
        lon, lat = lon * self._radians, lat * self._radians
        a, e2 = self._ellipsoid
        with np.errstate(invalid="ignore"):  # beyond where the CRS ends
            normal = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
            flat = normal * np.cos(lat)
            up = normal * (1 - e2) * np.sin(lat)
            return np.stack([flat * np.cos(lon), flat * np.sin(lon), up], axis=-1)

    @cached_property
    def _step(self) -> float:
        """Units that are far enough apart for differences, and near enough: 200 m, or so."""
        axis = self.grid.crs.axis_info[0].unit_conversion_factor
        return 200.0 / axis if self.grid.crs.is_projected else 200.0 / 6.4e6 / axis

    def _settled(self, density: Float64s) -> Float64s:
        """Fill in where the CRS ends, and take for 1 what differs from it by rounding."""
        known = np.isfinite(density)
        if not known.any():
            return np.full_like(density, np.nan)
        density = np.where(known, density, density[known].mean())
        unit = self.grid.crs.axis_info[0].unit_conversion_factor
        if self.grid.crs.is_projected and np.abs(density / unit**2 - 1).max() < _EQUAL:
            density[:] = unit**2
        return density


@dataclass(frozen=True)
class ClassAreas:
    """How much of a map each class value has.

    Attributes
    ----------
    pixels : int64, (255,)
        Pixels of each value.
    square_metres : float64, (255,)
        Their true area.
    smallest, largest : float
        Area of a pixel with a class, m².
    """

    pixels: Int64s
    square_metres: Float64s
    smallest: float
    largest: float

    def plain(self) -> dict[str, Any]:
        """Return this as plain data: the classes that occur, and hectares of them."""
        there = np.flatnonzero(self.pixels).tolist()
        classes = [
            {
                "value": value,
                "pixels": int(self.pixels[value]),
                "hectares": float(self.square_metres[value]) / HECTARE,
            }
            for value in there
        ]
        return {"classes": classes, "pixel_m2": [self.smallest, self.largest]}

    @classmethod
    def from_plain(cls, fields: Mapping[str, Any]) -> ClassAreas:
        """Return what `plain` described."""
        pixels, areas = np.zeros(NODATA, np.int64), np.zeros(NODATA)
        for about in fields["classes"]:
            pixels[about["value"]] = about["pixels"]
            areas[about["value"]] = about["hectares"] * HECTARE
        return cls(pixels, areas, *fields["pixel_m2"])


def class_areas(path: str, window: int = _WINDOW, within: str | None = None) -> ClassAreas:
    """Sum up the true areas of a map's classes, window by window.

    Parameters
    ----------
    path
        The map: uint8, 255 is no data.
    window
        Side of the windows, in pixels, by which memory is bounded.
    within
        A raster of the same pixels that is 1 where they are counted. If left out: all are.

    Raises
    ------
    LandloomError
        Where a raster cannot be read, or all of the map is void.
    """
    pixels, areas = np.zeros(NODATA, np.int64), np.zeros(NODATA)
    smallest, largest = np.inf, 0.0
    with ExitStack() as stack:
        source = stack.enter_context(open_raster(path))
        counted = stack.enter_context(open_raster(within)) if within else None
        grid = PixelGrid.of(source)
        measured = PixelAreas(grid)
        for box in grid.box.windows(window):
            codes = source.read(1, window=box.window)
            valid = codes != NODATA
            if counted:
                valid &= counted.read(1, window=box.window) == 1
            if not valid.any():
                continue
            own, sizes = codes[valid], measured.of(box)[valid]
            pixels += np.bincount(own, minlength=NODATA)
            areas += np.bincount(own, weights=sizes, minlength=NODATA)
            smallest, largest = min(smallest, sizes.min()), max(largest, sizes.max())
    if not pixels.any() and within is None:
        raise LandloomError(
            f"{path}: all of the map is void, so there are no areas to sum up; check map.region, "
            "and nodata of map.embedding"
        )
    if not np.isfinite(areas).all():
        raise LandloomError(
            f"map.predict.crs: parts of {path} lie where {grid.crs.name} has no place on the "
            "Earth, so they have no area; name another CRS, or a smaller map.region"
        )
    return ClassAreas(pixels, areas, float(smallest), float(largest))
