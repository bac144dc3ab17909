"""Land cover of the demo world, as it is and as two products show it.

Forest, shrub, grass and rock by height, slope and moisture; on the valley floors fields in plots,
towns, rivers and lakes with wetlands.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landloom.arrays import Float64s, Mask
from landloom.demo.noise import nearest_site, smooth, smoothstep, uniform
from landloom.demo.world import World, coast, ranges

Codes = NDArray[np.uint8]

_SLOPE_STEP = 0.045
"""Ground distance, in km, over which a slope is measured: about one NLCD pixel."""

_WORLDCOVER_OF = {
    11: 80, 21: 30, 22: 50, 23: 50, 24: 50, 31: 60, 41: 10, 42: 10, 43: 10,
    52: 20, 71: 30, 81: 30, 82: 40, 90: 90, 95: 90,
}  # fmt: skip
_CONFUSED = (
    {10: 20, 20: 30, 30: 40, 40: 30, 50: 30, 60: 30, 80: 90, 90: 10},
    {10: 30, 20: 10, 30: 20, 40: 20, 50: 60, 60: 20, 80: 80, 90: 30},
)
"""What a speck of wrong labels says instead of the truth: two kinds of specks."""


def land_cover(world: World, lon: ArrayLike, lat: ArrayLike) -> Codes:
    """Land cover in the codes of the NLCD.

    Parameters
    ----------
    world
        The world.
    lon, lat
        Degrees, EPSG:4326, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        uint8 of the broadcast shape (at least 1-D): 11, 21-24, 31, 41-43, 52, 71, 81, 82, 90 or 95.
    """
    x, y = world.km(lon, lat)
    site = _survey(world, x, y)
    code = _wild(world, site)
    _paint_farmland(world, site, code)
    _paint_wetlands(world, site, code)
    _paint_towns(world, site, code)
    code[(site.to_river < 0.06) | (np.abs(site.river) < 0.012) | (site.from_shore <= 0)] = 11
    return code


class _Site(NamedTuple):
    """What decides about the land cover at some points."""

    x: Float64s  # km
    y: Float64s  # km
    height: Float64s  # metres
    slope: Float64s  # rise over run
    northing: Float64s  # rise over run towards the north
    river: Float64s
    upland: Float64s
    to_river: Float64s  # km, good near the river
    from_shore: Float64s  # km


def _survey(world: World, x: Float64s, y: Float64s) -> _Site:
    here, east, north = (
        ranges(world, x + dx, y + dy)
        for dx, dy in ((0.0, 0.0), (_SLOPE_STEP, 0.0), (0.0, _SLOPE_STEP))
    )
    from_shore, lowered = coast(world, x, y)
    run = 1000.0 * _SLOPE_STEP / lowered.clip(1e-9)
    easting, northing = (east.height - here.height) / run, (north.height - here.height) / run
    across, along = east.river - here.river, north.river - here.river
    to_river = np.abs(here.river) * _SLOPE_STEP / np.sqrt(across**2 + along**2).clip(1e-3)
    return _Site(
        x,
        y,
        here.height * lowered,
        np.sqrt(easting**2 + northing**2),
        northing,
        here.river,
        here.upland,
        to_river,
        from_shore,
    )


def _wild(world: World, site: _Site) -> Codes:
    """Grass, shrub, forest by moisture and height, rock where it is high or steep."""
    x, y = site.x, site.y
    metres = site.height + 110.0 * smooth(x, y, world.layer("patches"), 2.4, 4, 0.6)
    # heights, northern slopes and the coast are moist
    moisture = (
        (metres - 1180.0) / 330.0
        + 0.5 * smooth(x, y, world.layer("climate"), 20.0, 2)
        - 2.2 * site.northing
        + 3.2 * (1.0 - smoothstep(2.0, 18.0, site.from_shore))
    )
    code = np.full(x.shape, 71, np.uint8)
    code[moisture + 0.9 * smooth(x, y, world.layer("shrub"), 3.5, 4, 0.6) > -0.7] = 52
    forest = moisture > 0.35
    conifers = smooth(x[forest], y[forest], world.layer("conifers"), 4.0, 4, 0.6)
    zone = metres[forest] + 140.0 * conifers
    code[forest] = np.select([zone < 1130.0, zone > 1420.0], [41, 42], default=43)
    maybe = (metres > 1700.0) | (site.slope > 0.4)
    slope = site.slope[maybe]
    rock = smooth(x[maybe], y[maybe], world.layer("rock"), 1.2, 4, 0.6)
    high = metres[maybe] > 2000.0 + 90.0 * rock
    alpine = np.where(high, np.uint8(71), code[maybe])
    bare = (slope > 0.82 + 0.1 * rock) | (high & (slope > 0.2))
    code[maybe] = np.where(bare, np.uint8(31), alpine)
    return code


def _paint_farmland(world: World, site: _Site, code: Codes) -> None:
    """Plots of one crop each, in districts of one direction each, on the valley floors."""
    wanted = smooth(site.x, site.y, world.layer("farmland"), 11.0, 4, 0.55)
    farmed = (wanted > -0.6 + 3.5 * site.upland) & (site.slope < 0.12)
    x, y = site.x[farmed], site.y[farmed]
    _, district = nearest_site(x, y, world.layer("districts"), 8.0)
    district = district.view(np.int64)
    # the half-angle's tangent gives sine and cosine exactly, see `landloom.demo.noise`
    t = uniform(district, 0, world.layer("direction")) * 0.7 - 0.35
    cos, sin = (1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)
    along, across = cos * x + sin * y, cos * y - sin * x
    row = np.floor(across / 0.4)
    column = np.floor(along / 0.8 + uniform(row, district, world.layer("offsets")))
    crop = uniform(column, row, world.layer("crops"))
    plots = np.select([crop < 0.5, crop < 0.8, crop < 0.93], [82, 81, 71], default=52)
    plots[across - 1.6 * np.floor(across / 1.6) < 0.036] = 21  # a road
    code[farmed] = plots


def _paint_wetlands(world: World, site: _Site, code: Codes) -> None:
    """Woods and reeds on wet ground along rivers, lakes and the shore."""
    low = ((site.to_river < 1.8) | (site.from_shore < 3.5)) & (site.slope < 0.15)
    wet = smooth(site.x[low], site.y[low], world.layer("wet"), 2.0, 4, 0.6)
    marshes = smooth(site.x[low], site.y[low], world.layer("marshes"), 9.0, 2)
    near = (site.to_river[low] < 0.3 + 0.35 * wet) | (site.from_shore[low] < 0.5 + 0.7 * wet)
    kind = np.where(wet - 0.8 * marshes > 0.2, 90, 95)
    code[low] = np.where(near & (wet + marshes > -0.4), kind, code[low])


def _paint_towns(world: World, site: _Site, code: Codes) -> None:
    """Towns on even ground, denser towards the middle, in blocks along streets."""
    distance, _ = nearest_site(site.x, site.y, world.layer("towns"), 8.0, 0.5, (0.5, 3.6))
    unfit = 1.2 * site.upland + 3.0 * np.maximum(site.slope - 0.06, 0.0)
    maybe = distance + unfit < 1.7
    x, y = site.x[maybe], site.y[maybe]
    sprawl = smooth(x, y, world.layer("sprawl"), 1.1, 4, 0.6)
    built = 1.0 - (distance + unfit)[maybe] + 0.16 * sprawl
    block = uniform(np.floor(x / 0.15), np.floor(y / 0.15), world.layer("streets"))
    density = built + 0.35 * (block - 0.5)
    kind = np.select([density > 0.72, density > 0.46, density > 0.2], [24, 23, 22], default=21)
    code[maybe] = np.where(built > 0.08, kind, code[maybe])


def unknown(world: World, lon: ArrayLike, lat: ArrayLike) -> Mask:
    """Return where the land cover was never mapped: beyond a ragged edge, and in a few holes.

    Parameters
    ----------
    world
        The world.
    lon, lat
        Degrees, EPSG:4326, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        bool of the broadcast shape (at least 1-D). The edge runs 1 to 3 km outside the world's
        bounds.
    """
    x, y = world.km(lon, lat)
    west, south, east, north = world.bounds
    (left, right), (low, high) = world.km([west, east], [south, north])
    dx = np.maximum(np.maximum(left - x, x - right), 0.0)
    dy = np.maximum(np.maximum(low - y, y - high), 0.0)
    ragged = smooth(x, y, world.layer("map edge"), 4.0, 5, 0.6)
    outside = np.sqrt(dx * dx + dy * dy) > 1.0 + 2.0 * smoothstep(-2.0, 2.0, ragged)
    distance, _ = nearest_site(x, y, world.layer("map holes"), 22.0, 0.5, (0.3, 0.9))
    hidden: Mask = outside | (distance + 0.3 * ragged < 1.0)
    return hidden


def _lookup(table: dict[int, int]) -> Codes:
    lut = np.zeros(256, np.uint8)
    lut[list(table)] = list(table.values())
    return lut


def worldcover_of(land_cover: Codes) -> Codes:
    """Translate NLCD codes to those of ESA WorldCover."""
    return _lookup(_WORLDCOVER_OF)[land_cover]


def reference_cover(world: World, lon: ArrayLike, lat: ArrayLike) -> Codes:
    """Land cover as an automatic 10 m product would show it: codes of ESA WorldCover.

    Borders between classes are displaced by some metres, and a few per cent of the land lies in
    specks with the label of a class that resembles the true one.

    Parameters
    ----------
    world
        The world.
    lon, lat
        Degrees, EPSG:4326, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        uint8 of the broadcast shape (at least 1-D): 10, 20, 30, 40, 50, 60, 80 or 90.
    """
    x, y = world.km(lon, lat)
    shift = 0.012 / world.km_per_degree[1]  # degrees
    truth = land_cover(
        world,
        np.asarray(lon) + shift * smooth(x, y, world.layer("shift x"), 0.12, 3, 0.8),
        np.asarray(lat) + shift * smooth(x, y, world.layer("shift y"), 0.12, 3, 0.8),
    )
    label = worldcover_of(truth)
    doubt = smooth(x, y, world.layer("doubt"), 1.6)  # errors come in company
    specks = smooth(x, y, world.layer("specks"), 0.25, 3, 0.5) * (1.0 + 0.25 * doubt)
    for wrong, confused in zip((specks > 2.2, specks < -2.2), _CONFUSED, strict=True):
        label[wrong] = _lookup(confused)[label[wrong]]
    return label
