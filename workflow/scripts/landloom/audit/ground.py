"""Footprints on the ellipsoid, as points in space: no seam, no pole, no plane of one region.

Places are geocentric (WGS 84), in metres. Two footprints are set side by side in a plane that
touches the Earth between them (orthographic), where all that is near keeps its shape and size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer

from landloom.arrays import Float64s, Indices, Int64s
from landloom.audit.footprints import Footprints, Shapes
from landloom.raster.coordinates import LONLAT, Coordinates, coordinates, to_lonlat

GEOD = Geod(ellps="WGS84")

_A, _E2 = GEOD.a, GEOD.es
ROUNDING = 0.05
"""Share of a pixel by which footprints of one grid may seem to overlap."""
SLIGHT = 1 / 2000
"""Share of a footprint's side likewise, where its pixels are not known."""

_MOST_POINTS = 5_000_000
_FINEST = 0.1
"""Share of the tolerance by which pieces of edges may miss the edge."""
_CLOSE = 0.1
"""Metres by which they may miss it in any case, for distances."""
_MARGIN = 1.01
_BULGE = 100.0
"""Metres by which an edge may swell between points that lie less than half a degree apart."""
_LONGEST = 50_000.0
"""Metres between points, at most, along an edge."""


@cache
def _to_lonlat(crs: CRS) -> Transformer | None:
    """Return the way from a CRS to degrees (EPSG:4326); None where it is the same."""
    return None if crs == CRS.from_user_input(LONLAT) else to_lonlat(crs.to_wkt())


def lonlat_of(crs: CRS, x: Float64s, y: Float64s) -> tuple[Float64s, Float64s]:
    """Return degrees (EPSG:4326) of places in a CRS; infinite where there are none."""
    leads = _to_lonlat(crs)
    if leads is None:
        return x, y
    lon, lat = leads.transform(x, y)
    return lon, lat


def way(source: CRS, target: CRS) -> Coordinates:
    """Return the function from a CRS to another.

    From degrees of EPSG:4326 it is the way back of the one that leads there: of several operations
    PROJ may choose another for each direction.
    """
    back = _to_lonlat(target)
    if _to_lonlat(source) is None and back is not None:
        return lambda x, y: back.transform(x, y, direction="INVERSE")
    return coordinates(source, target)


def in_space(lon: Float64s, lat: Float64s) -> Float64s:
    """Return geocentric places of degrees (EPSG:4326), in metres, (..., 3)."""
    lon, lat = np.radians(lon), np.radians(lat)
    with np.errstate(invalid="ignore"):  # where a CRS has no place on the Earth
        normal = _A / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
        flat, up = normal * np.cos(lat), normal * (1 - _E2) * np.sin(lat)
        return np.stack([flat * np.cos(lon), flat * np.sin(lon), up], axis=-1)


def on_ground(places: Float64s) -> tuple[Float64s, Float64s]:
    """Return degrees (EPSG:4326) of places on the ellipsoid, (..., 3)."""
    x, y, z = np.moveaxis(places, -1, 0)
    lat = np.arctan2(z, (1 - _E2) * np.hypot(x, y))
    return np.degrees(np.arctan2(y, x)), np.degrees(lat)


@dataclass(frozen=True)
class Ground:
    """Footprints with their edges cut into pieces, as points in space.

    Attributes
    ----------
    shapes : ndarray of polygons, (n,)
        In each footprint's own CRS.
    points : float64, (m, 3)
        Their points in order: geocentric, in metres.
    first : int64, (n + 1,)
        Where each footprint's points begin.
    bend : float64, (n,)
        Metres by which the edges stray from the shortest way between their ends.
    scale : float64, (n, 2)
        Metres of a unit along x and y of each footprint's CRS, where it lies.
    tolerance : float64, (n,)
        Metres by which a footprint may overlap another for rounding.
    """

    shapes: Shapes
    points: Float64s
    first: Int64s
    bend: Float64s
    scale: Float64s
    tolerance: Float64s

    @classmethod
    def of(cls, footprints: Footprints, tolerance: float | None = None) -> Ground:
        """Cut edges, finely enough for the tolerance and for distances.

        Parameters
        ----------
        footprints
            Of all sets.
        tolerance
            In metres; None for `ROUNDING` of a pixel, and where none is known for `SLIGHT` of a
            footprint's side.
        """
        shapes = shapely.segmentize(footprints.shapes, _LONGEST / footprints.unit)
        first = _first(shapes)
        lengths, bends = _edges(footprints, shapes)
        scale = _scale(footprints, np.add.reduceat(lengths, first[:-1]))
        if tolerance is None:
            side = 4 * shapely.area(footprints.shapes) * scale.prod(axis=1)
            side /= np.add.reduceat(lengths, first[:-1])
            known = np.isfinite(footprints.pixel)
            slack = np.where(known, ROUNDING * footprints.pixel, SLIGHT * side)
        else:
            slack = np.full(len(shapes), tolerance)
        if len(bends) != shapely.get_num_coordinates(footprints.shapes).sum():
            bends = _edges(footprints, footprints.shapes)[1]
        bend = _greatest(bends, _first(footprints.shapes))
        longest = _greatest(lengths, first)
        step = max(2 * np.median(longest), lengths.sum() / _MOST_POINTS)
        near = np.minimum(_CLOSE, _FINEST * slack) if len(footprints.crss) > 1 else _CLOSE
        piece = np.minimum(
            _longest_own(shapes) / np.maximum(1, np.ceil(longest / step)),
            _longest_own(footprints.shapes) / np.maximum(1, np.ceil(np.sqrt(bend / near))),
        )
        shapes = shapely.segmentize(shapes, piece * (1 + 1e-9))
        points = _points(footprints, shapes)
        return cls(shapes, points, _first(shapes), bend, scale, slack)

    @cached_property
    def centres(self) -> Float64s:
        """The middle of each footprint's box in space, (n, 3)."""
        low, high = (
            reduce.reduceat(self.points, self.first[:-1]) for reduce in (np.minimum, np.maximum)
        )
        return (low + high) / 2

    @cached_property
    def radii(self) -> Float64s:
        """Metres about the centre within which all of each footprint lies, (n,)."""
        ways = np.linalg.norm(self.points - np.repeat(self.centres, self.counts, axis=0), axis=1)
        return _MARGIN * np.maximum.reduceat(ways, self.first[:-1]) + _BULGE

    @cached_property
    def counts(self) -> Int64s:
        """Points of each footprint, (n,)."""
        return np.diff(self.first)

    @cached_property
    def longest(self) -> float:
        """The longest way from a point to the next, in metres."""
        ways = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        ways[self.first[1:-1] - 1] = 0.0  # from a footprint to the next
        return float(ways.max(initial=0.0))

    def doubt(self, footprints: Footprints) -> Float64s:
        """Return by how many metres each footprint's edges may lie elsewhere than they seem, (n,).

        They may have been straight in another CRS: then they bend as they do in this one, and as
        they did there, for which as much is taken.
        """
        return np.where(footprints.exact, 0.0, 2 * self.bend)

    def points_of(self, some: Indices) -> tuple[Float64s, Indices]:
        """Return the points of some footprints, (k, 3), and the place of each one's, (k,)."""
        counts = self.counts[some]
        of = np.repeat(np.arange(len(some)), counts)
        ends = np.cumsum(counts)
        within = np.arange(len(of)) - np.repeat(ends - counts, counts)
        return self.points[self.first[some][of] + within], of


@dataclass(frozen=True)
class Plane:
    """Planes that touch the Earth, or nearly: origins and axes, (n, 3) each."""

    origin: Float64s
    east: Float64s
    north: Float64s
    up: Float64s

    @classmethod
    def at(cls, origin: Float64s) -> Plane:
        """Return the planes through places, (n, 3)."""
        length = np.linalg.norm(origin, axis=1, keepdims=True)
        up = np.where(length > 1, origin / np.maximum(length, 1), [1.0, 0.0, 0.0])
        pole = np.where(np.abs(up[:, 2:]) < 0.9, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
        east = np.cross(pole, up)
        east /= np.linalg.norm(east, axis=1, keepdims=True)
        return cls(origin, east, np.cross(up, east), up)

    def of(self, points: Float64s, of: Indices) -> Float64s:
        """Return places in space, (k, 3), in the plane of the number that each has, (k, 2)."""
        away = points - self.origin[of]
        x, y = (np.einsum("ij,ij->i", away, axis[of]) for axis in (self.east, self.north))
        return np.stack([x, y], axis=-1)

    def lonlat(self, flat: Float64s, of: Indices) -> tuple[Float64s, Float64s]:
        """Return degrees (EPSG:4326) of places in planes, (k, 2): those on the ground over them."""
        start = self.origin[of] + flat[:, :1] * self.east[of] + flat[:, 1:] * self.north[of]
        squash = np.array([1.0, 1.0, 1 / np.sqrt(1 - _E2)]) / _A
        start, up = start * squash, self.up[of] * squash
        a = np.einsum("ij,ij->i", up, up)
        b = np.einsum("ij,ij->i", start, up)
        c = np.einsum("ij,ij->i", start, start) - 1
        height = (np.sqrt(np.maximum(b * b - a * c, 0)) - b) / a
        return on_ground((start + height[:, None] * up) / squash)


def _points(footprints: Footprints, shapes: Shapes) -> Float64s:
    points, of = shapely.get_coordinates(shapes, return_index=True)
    return _placed(footprints, points, footprints.zone[of])


def _placed(footprints: Footprints, points: Float64s, zone: Int64s) -> Float64s:
    """Return points of several CRSs in space, (m, 3)."""
    lonlat = np.empty_like(points)
    for number, crs in enumerate(footprints.crss):
        here = zone == number
        lonlat[here] = np.stack(lonlat_of(crs, *points[here].T), axis=-1)
    return in_space(*lonlat.T)


def _edges(footprints: Footprints, shapes: Shapes) -> tuple[Float64s, Float64s]:
    """Return of each point but a ring's last the edge that begins there: length and bend, (m,).

    The bend is how far, on the ground, the edge's middle lies off the shortest way.
    """
    points, of = shapely.get_coordinates(shapes, return_index=True)
    following = np.vstack([points[1:], points[:1]])
    zone = footprints.zone[of]
    ends = _placed(footprints, points, zone)
    nexts = np.vstack([ends[1:], ends[:1]])
    middle = _placed(footprints, (points + following) / 2, zone)
    away = middle - (ends + nexts) / 2
    up = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    bend = np.linalg.norm(away - np.einsum("ij,ij->i", away, up)[:, None] * up, axis=1)
    length = np.linalg.norm(nexts - ends, axis=1)
    last = _ring_ends(shapes)
    bend[last] = length[last] = 0.0
    return length, bend


def _longest_own(shapes: Shapes) -> Float64s:
    """Return the longest edge of each shape, in units of its CRS, (n,)."""
    points = shapely.get_coordinates(shapes)
    lengths = np.hypot(*(np.vstack([points[1:], points[:1]]) - points).T)
    lengths[_ring_ends(shapes)] = 0.0
    return _greatest(lengths, _first(shapes))


def _scale(footprints: Footprints, perimeter: Float64s) -> Float64s:
    """Return metres of a unit along x and y where each footprint lies, (n, 2).

    On planes one figure, as of conformal ones: the true perimeter to that on the plane.
    """
    scale = np.repeat((perimeter / shapely.length(footprints.shapes))[:, None], 2, axis=1)
    for number, crs in enumerate(footprints.crss):
        if crs.is_geographic:
            here = footprints.zone == number
            unit = footprints.unit[here]
            middle = footprints.bounds[here][:, [1, 3]].mean(axis=1)
            radians = middle * crs.axis_info[0].unit_conversion_factor
            scale[here] = np.stack([unit * np.maximum(np.cos(radians), 1e-6), unit], axis=-1)
    return scale


def _ring_ends(shapes: Shapes) -> Int64s:
    """Return the places of the last points of rings among all points."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    ends: Int64s = np.cumsum(shapely.get_num_coordinates(rings)) - 1
    return ends


def _first(shapes: Shapes) -> Int64s:
    return np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(shapes))]).astype(np.int64)


def _greatest(values: Float64s, first: Int64s) -> Float64s:
    greatest: Float64s = np.maximum.reduceat(values, first[:-1])
    return greatest
