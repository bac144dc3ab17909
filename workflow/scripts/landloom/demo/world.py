"""The demo world: an invented place as functions of longitude and latitude.

Ranges of mountains, valleys with rivers between them, and a sea where elevation tiles are missing.
Every property is a pure function of position, so that rasters in any CRS, cut into any blocks,
show the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landloom.arrays import Float64s, Mask
from landloom.demo.noise import nearest_site, ridged, seed_of, smooth, smoothstep
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_corner

_KM_PER_DEGREE = 111.32
_COAST_REACH = 30.0
"""Distance from the shore, in km, beyond which the sea no longer lowers the land."""


@dataclass(frozen=True)
class World:
    """A place and the seed of what is found there.

    Parameters
    ----------
    bounds
        (west, south, east, north) in degrees, EPSG:4326. The landscape goes on beyond them;
        they say what the rasters have to show.
    seed
        Not negative. Another seed is another landscape.
    missing_tiles
        The 1° squares, named by their south-west corner (``N43W116``), that are open sea and have
        no elevation tile.

    Raises
    ------
    LandloomError
        If the bounds are empty or beyond the poles, or a name is not that of a tile.
    """

    bounds: tuple[float, float, float, float] = (-116.7, 42.5, -115.9, 43.1)
    seed: int = 827
    missing_tiles: tuple[str, ...] = ("N43W116",)

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        if not (west < east and -89 < south < north < 89):
            raise LandloomError(
                f"The demo world's bounds are {self.bounds}: give (west, south, east, north) in "
                "degrees, west below east, south below north and both between -89 and 89."
            )
        for name in self.missing_tiles:
            tile_corner(name)

    def km(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Float64s, Float64s]:
        """Plane coordinates in km, true to scale at the world's middle latitude.

        Parameters
        ----------
        lon, lat
            Degrees, EPSG:4326, of shapes that broadcast.

        Returns
        -------
        x, y : numpy.ndarray
            float64 of the broadcast shape, with at least one dimension.
        """
        per_lon, per_lat = self.km_per_degree
        x, y = np.atleast_1d(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        x, y = np.broadcast_arrays(x * per_lon, y * per_lat)
        return x, y

    @property
    def km_per_degree(self) -> tuple[float, float]:
        """Length of a degree of longitude and of latitude at the world's middle latitude."""
        middle = np.radians((self.bounds[1] + self.bounds[3]) / 2)
        return _KM_PER_DEGREE * float(np.cos(middle)), _KM_PER_DEGREE

    def layer(self, name: str) -> int:
        """Seed of the layer of noise with this name."""
        return seed_of(self.seed, name)


class Ranges(NamedTuple):
    """The shape of the land at some points, as if there were no sea."""

    height: Float64s  # metres
    river: Float64s  # noise with the rivers where it is 0
    upland: Float64s  # 0 on a valley floor, 1 in the mountains


def _km_to_missing_tiles(world: World, x: Float64s, y: Float64s) -> Float64s:
    """Distance in km to the nearest missing tile: 0 inside, exact up to the coast's reach."""
    distance = np.full(x.shape, 2 * _COAST_REACH)
    for name in world.missing_tiles:
        lon, lat = tile_corner(name)
        (west, east), (south, north) = world.km([lon, lon + 1], [lat, lat + 1])
        dx = np.maximum(np.maximum(west - x, x - east), 0.0)
        dy = np.maximum(np.maximum(south - y, y - north), 0.0)
        if dx.min() < 2 * _COAST_REACH and dy.min() < 2 * _COAST_REACH:
            distance = np.minimum(distance, np.sqrt(dx * dx + dy * dy))
    return distance


def coast(world: World, x: Float64s, y: Float64s) -> tuple[Float64s, Float64s]:
    """Find the sea: the missing tiles, and up to some km around them.

    Parameters
    ----------
    world
        The world.
    x, y
        Positions from `World.km`, of one shape.

    Returns
    -------
    from_shore : numpy.ndarray
        float64 km, negative in the sea, roughly to scale; beyond 30 km only known to be so.
    lowered : numpy.ndarray
        float64: the factor by which the sea lowers the land, 0 at the shore, 1 far inland.
    """
    from_shore = _km_to_missing_tiles(world, x, y)
    near = from_shore < _COAST_REACH + 7.0
    bays = smooth(x[near], y[near], world.layer("bays"), 13.0, 6)
    from_shore[near] -= 0.3 + 6.0 * smoothstep(-2.0, 2.0, bays)
    inland = np.clip(from_shore / _COAST_REACH, 0.0, 1.0)
    return from_shore, inland * (2.0 - inland)


def ranges(world: World, x: Float64s, y: Float64s) -> Ranges:
    """Raise mountains between the rivers: a river is a contour of smooth noise.

    Parameters
    ----------
    world
        The world.
    x, y
        Positions from `World.km`, of one shape.

    Returns
    -------
    Ranges
        float64 arrays of that shape.
    """
    bend_x = x + 2.0 * smooth(x, y, world.layer("bend x"), 16.0, 4)
    bend_y = y + 2.0 * smooth(x, y, world.layer("bend y"), 16.0, 4)
    river = smooth(bend_x, bend_y, world.layer("valleys"), 36.0, 2, 0.4)
    upland = smoothstep(0.15, 1.25, np.abs(river))
    rough_x = x + 0.2 * smooth(x, y, world.layer("rough x"), 2.0, 3)
    rough_y = y + 0.2 * smooth(x, y, world.layer("rough y"), 2.0, 3)
    crests = ridged(rough_x, rough_y, world.layer("crests"), 10.0, 6)
    gullies = ridged(rough_x, rough_y, world.layer("gullies"), 4.0, 5)
    hills = smooth(x, y, world.layer("hills"), 5.0, 5, 0.55)
    tilt = smooth(x, y, world.layer("tilt"), 90.0)
    plain = 790.0 + 40.0 * tilt + smoothstep(0.0, 0.12, np.abs(river)) * (25.0 + 8.0 * hills)
    mountains = 540.0 + 60.0 * hills + (1150.0 + 120.0 * tilt) * crests - 420.0 * gullies
    return Ranges(np.maximum(plain + upland * mountains, 1.0), river, upland)


def height(world: World, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float32]:
    """Elevation of the land.

    Parameters
    ----------
    world
        The world.
    lon, lat
        Degrees, EPSG:4326, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        float32 metres of the broadcast shape (at least 1-D): positive on land, 0 in the sea.
    """
    x, y = world.km(lon, lat)
    return (ranges(world, x, y).height * coast(world, x, y)[1]).astype(np.float32)


def void(world: World, lon: ArrayLike, lat: ArrayLike) -> Mask:
    """Return where the elevation is missing: in many small gaps and a few of several km.

    Parameters
    ----------
    world
        The world.
    lon, lat
        Degrees, EPSG:4326, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        bool of the broadcast shape (at least 1-D).
    """
    x, y = world.km(lon, lat)
    ragged = 0.2 * smooth(x, y, world.layer("void edges"), 1.0, 4, 0.5)
    small, _ = nearest_site(x, y, world.layer("small voids"), 5.0, 0.4, (0.08, 0.4))
    large, _ = nearest_site(x, y, world.layer("large voids"), 26.0, 0.6, (1.2, 3.0))
    return (small + ragged < 1.0) | (large + ragged < 1.0)
