"""Pairs of footprints side by side, in planes whose unit is the metre.

Footprints of one CRS stay in it, moved and stretched, so that straight edges stay straight and
equal ones equal; those of two come into a plane that touches the Earth between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from landloom.arrays import Float64s, Indices, Mask
from landloom.audit.footprints import Footprints, Shapes, moved, once_round
from landloom.audit.ground import Ground, Plane, lonlat_of


@dataclass(frozen=True)
class Beside:
    """Pairs of footprints, each in a plane of its own, in metres.

    Attributes
    ----------
    one, other : ndarray of polygons, (n,)
        Both footprints.
    lonlat
        Leads places, (k, 2), of planes of some numbers, (k,), to degrees (EPSG:4326).
    """

    one: Shapes
    other: Shapes
    lonlat: Callable[[Float64s, Indices], tuple[Float64s, Float64s]]

    def take(self, some: Indices) -> Beside:
        """Return some pairs."""
        return Beside(
            self.one[some], self.other[some], lambda points, of: self.lonlat(points, some[of])
        )

    def to_lonlat(self, shapes: Shapes) -> Shapes:
        """Return a shape of each pair's plane in degrees (EPSG:4326), (n,)."""
        points, of = shapely.get_coordinates(shapes, return_index=True)
        lon, lat = self.lonlat(points, of)
        # Whole across the antimeridian, beyond 180 degrees there.
        start = np.zeros(len(shapes))
        start[of[::-1]] = lon[::-1]
        return moved(shapes, np.stack([lon - 360 * np.rint((lon - start[of]) / 360), lat], axis=-1))


def in_own_crs(
    footprints: Footprints, ground: Ground, one: Indices, other: Indices
) -> tuple[Beside, Indices]:
    """Set pairs of one CRS side by side, of those whose boxes overlap by more than the tolerance.

    Returns
    -------
    Beside
        The pairs that do.
    ndarray
        Their places among all.
    """
    crs = footprints.crss[int(footprints.zone[one[0]])] if len(one) else None
    around = once_round(crs) if crs is not None else 0.0
    boxes, others = footprints.bounds[one], footprints.bounds[other]
    origin = (boxes[:, :2] + boxes[:, 2:]) / 2
    turn = np.zeros(len(one))
    if around:
        turn = around * np.rint(((others[:, 0] + others[:, 2]) / 2 - origin[:, 0]) / around)
    others = others - np.stack([turn, 0 * turn, turn, 0 * turn], axis=-1)
    scale = ground.scale[one]
    overlap = np.minimum(boxes[:, 2:], others[:, 2:]) - np.maximum(boxes[:, :2], others[:, :2])
    slack = np.minimum(ground.tolerance[one], ground.tolerance[other])
    near: Mask = (overlap * scale).min(axis=1) > slack if len(one) else np.zeros(0, np.bool_)
    kept = np.flatnonzero(near)
    origin, scale, turn = origin[kept], scale[kept], turn[kept]

    def flat(shapes: Shapes, shift: Float64s) -> Shapes:
        points, of = shapely.get_coordinates(shapes, return_index=True)
        points[:, 0] -= shift[of]
        return moved(shapes, (points - origin[of]) * scale[of])

    def lonlat(points: Float64s, of: Indices) -> tuple[Float64s, Float64s]:
        x, y = (points / scale[of] + origin[of]).T
        return lonlat_of(crs, x, y) if crs is not None else (x, y)

    own, beside = footprints.shapes[one[kept]], footprints.shapes[other[kept]]
    return Beside(flat(own, 0 * turn), flat(beside, turn), lonlat), kept


def between(ground: Ground, one: Indices, other: Indices) -> Beside:
    """Set pairs side by side, each in a plane that touches the Earth between them."""
    plane = Plane.at((ground.centres[one] + ground.centres[other]) / 2)

    def flat(some: Indices) -> Shapes:
        points, of = ground.points_of(some)
        shapes = moved(ground.shapes[some], plane.of(points, of))
        odd = np.flatnonzero(~shapely.is_valid(shapes))  # as a box of degrees round a pole
        shapes[odd] = shapely.make_valid(shapes[odd], method="structure", keep_collapsed=False)
        return shapes

    return Beside(flat(one), flat(other), plane.lonlat)
