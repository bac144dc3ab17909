"""The pixel grid of the map: the embedding's own, or another one for several zones."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine
from pyproj import CRS, Proj, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from pyproj.exceptions import ProjError
from rasterio.warp import calculate_default_transform

from landloom.errors import LandloomError
from landloom.map.map_crs import KEY, named_crs
from landloom.map.zones import Zone, ZonedEmbedding
from landloom.raster.bounds import Bounds, parts_near
from landloom.raster.coordinates import LONLAT, to_lonlat
from landloom.raster.pixel_grid import Box, PixelGrid
from landloom.raster.placing import kept_in_geotiff

_TRUE = 0.01
"""How far from 1 the scale of areas may be in a CRS of which the units are taken for metres."""

_SLACK = 1e-6
"""Pixels by which an edge may lie beyond a pixel's, from rounding, before one more is needed."""


def map_grid(embedding: ZonedEmbedding, crs: str, region: Bounds | None) -> PixelGrid:
    """Return the pixel grid of the map.

    Parameters
    ----------
    embedding : ZonedEmbedding
        What is mapped.
    crs
        ``native``, the CRS of the zone that speaks for most of the ground; ``auto``, Lambert's
        azimuthal equal-area projection, centred on the region; else anything that pyproj knows.
    region
        Lon/lat box that is mapped; None for all that the embedding covers.

    Returns
    -------
    PixelGrid
        In the CRS of a zone, that zone's own pixels, as many as are needed for the others; the grid
        of an embedding in one zone is kept as it is. In another CRS, square pixels of the size of
        the embedding's with edges at multiples of that, north up.

    Raises
    ------
    LandloomError
        Where the CRS is unknown, or has no place for the embedding.
    """
    target = _crs(embedding, crs, region)
    own = [zone.info.grid for zone in embedding.zones if zone.info.grid.crs == target]
    if own and len(embedding.zones) == 1:
        return own[0]
    bounds = _bounds(embedding, target, region, crs)
    if own:
        return _extended(own[0], bounds)
    return _new_grid(target, _side(_foremost(embedding, region), target), bounds)


def _foremost(embedding: ZonedEmbedding, region: Bounds | None) -> PixelGrid:
    """Return the grid of the zone that speaks for most of the ground; the first of equals."""
    return max(embedding.zones, key=lambda zone: _ground(zone, region)).info.grid


def _ground(zone: Zone, region: Bounds | None) -> float:
    """Return how much of its own ground a zone's pixels cover in a region, in square degrees."""
    west, south, east, north = zone.info.grid.bounds(LONLAT)
    ground = shapely.box(west, south, east + 360 * (west > east), north)
    for bound in (
        shapely.box(*region) if region else None,
        shapely.from_wkt(zone.footprint or None),
    ):
        if bound is not None:
            ground = ground.intersection(bound)
    return float(ground.area)


def _crs(embedding: ZonedEmbedding, crs: str, region: Bounds | None) -> CRS:
    if crs == "native":
        return _foremost(embedding, region).crs
    if crs == "auto":
        lon, lat = _centre(embedding, region)
        name = f"Lambert azimuthal equal-area at {lon:g}, {lat:g}"
        return ProjectedCRS(LambertAzimuthalEqualAreaConversion(lat, lon), name)
    named = named_crs(crs)
    if not kept_in_geotiff(named.to_wkt()):
        raise LandloomError(
            f"{KEY}: {crs!r} ({named.name}) is a CRS that a GeoTIFF cannot hold; give native, auto "
            "or another one, such as EPSG:3035"
        )
    return named


def _centre(embedding: ZonedEmbedding, region: Bounds | None) -> tuple[float, float]:
    """Return the middle in degrees, to a hundredth: neighbours on the Earth, however written."""
    if region:
        west, south, east, north = region
        return round((west + east) / 2, 2), round((south + north) / 2, 2)
    lons, lats = [], []
    for zone in embedding.zones:
        west, south, east, north = zone.info.grid.bounds(LONLAT)
        lons += [west, east]
        lats += [south, north]
    turns = np.exp(1j * np.radians(lons))  # their mean knows nothing of the 180th meridian
    lon = float(np.degrees(np.angle(turns.mean())))
    return round(lon, 2), round((min(lats) + max(lats)) / 2, 2)


def _bounds(embedding: ZonedEmbedding, target: CRS, region: Bounds | None, crs: str) -> Bounds:
    """Return the box in the map's CRS of all zones, and of the region if there is one."""
    west, south, east, north = embedding.bounds(target)
    if region:
        inner = _inner(region, target, embedding.bounds())
        west, south = max(west, inner[0]), max(south, inner[1])
        east, north = min(east, inner[2]), min(north, inner[3])
        if west >= east or south >= north:
            raise LandloomError(
                "map.region: lies off the embedding, which covers lon/lat {:.4f}, {:.4f}, {:.4f}, "
                "{:.4f}; correct it".format(*embedding.bounds())
            )
    boxes = [zone.info.grid.bounds(target) for zone in embedding.zones]
    apart = any(box[0] > box[2] for box in boxes)  # across the 180th meridian
    apart |= target.is_geographic and east - west > 180
    if apart or not np.isfinite([west, south, east, north]).all():
        raise LandloomError(
            f"{KEY}: {crs!r} ({target.name}) has no one place for the embedding, which lies at "
            "lon/lat {:.4f}, {:.4f}, {:.4f}, {:.4f}; set it to auto".format(*embedding.bounds())
        )
    return float(west), float(south), float(east), float(north)


def _inner(region: Bounds, target: CRS, covered: Bounds) -> Bounds:
    """Return the box in the map's CRS of a region's part by what the embedding covers."""
    onto = Transformer.from_crs(LONLAT, target, always_xy=True)
    parts = [region] if target.is_geographic else parts_near(region, covered)
    try:
        boxes = [onto.transform_bounds(*part, densify_pts=101) for part in parts]
    except ProjError:
        boxes = []
    if not boxes:
        return (np.inf,) * 4
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _side(grid: PixelGrid, target: CRS) -> float:
    """Return the side of a pixel in the map's CRS that is as large as one of a grid's."""
    middle = grid.transform @ (grid.width / 2, grid.height / 2)
    lonlat = to_lonlat(grid.wkt).transform(*middle)
    if _is_true(grid.crs, *lonlat) and _is_true(target, *lonlat):
        units = [crs.axis_info[0].unit_conversion_factor for crs in (grid.crs, target)]
        return float(abs(grid.transform.determinant) ** 0.5 * units[0] / units[1])
    transform, _, _ = calculate_default_transform(
        grid.wkt, target.to_wkt(), grid.width, grid.height, *grid.own_bounds
    )
    return float(abs(transform.a))


def _is_true(crs: CRS, lon: float, lat: float) -> bool:
    """Return whether a unit of a CRS measures about that on the ground, as in UTM."""
    if not crs.is_projected:
        return False
    scale = Proj(crs).get_factors(lon, lat).areal_scale
    return bool(abs(scale - 1) < _TRUE)


def _extended(grid: PixelGrid, bounds: Bounds) -> PixelGrid:
    """Return a grid of the same pixels that holds a box."""
    west, south, east, north = bounds
    x, y = np.array([west, east, west, east]), np.array([south, south, north, north])
    cols, rows = ~grid.transform @ (x, y)
    box = Box(_below(rows.min()), _above(rows.max()), _below(cols.min()), _above(cols.max()))
    transform = grid.transform @ Affine.translation(box.left, box.top)
    return PixelGrid(grid.wkt, transform, box.right - box.left, box.bottom - box.top)


def _new_grid(crs: CRS, side: float, bounds: Bounds) -> PixelGrid:
    edges = (edge / side for edge in bounds)
    west, south, east, north = next(edges), next(edges), next(edges), next(edges)
    left, right, bottom, top = _below(west), _above(east), _below(south), _above(north)
    transform = Affine(side, 0.0, left * side, 0.0, -side, top * side)
    return PixelGrid(crs.to_wkt(), transform, right - left, top - bottom)


def _below(edge: float) -> int:
    return int(np.floor(edge + _SLACK))


def _above(edge: float) -> int:
    return int(np.ceil(edge - _SLACK))
