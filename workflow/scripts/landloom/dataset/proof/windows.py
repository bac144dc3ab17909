"""Windows: patches as squares of source pixels, and where these lie on Earth."""

from __future__ import annotations

from rasterio.io import DatasetReader

from landloom.arrays import Float64s, Int64s
from landloom.raster.coordinates import apply_affine, to_lonlat

Windows = Int64s
"""First row and column of patches, in source pixels, (n, 2)."""


def lonlat_of(raster: DatasetReader, row: Float64s, col: Float64s) -> tuple[Float64s, Float64s]:
    """Return lon and lat in degrees (EPSG:4326) of places on a raster, in the places' shape.

    Parameters
    ----------
    raster
        The raster.
    row, col
        Places in pixels from the upper left corner, of one shape; pixel (i, j)'s centre is
        ``(i + 0.5, j + 0.5)``.
    """
    x, y = apply_affine(raster.transform, col, row)
    lon, lat = to_lonlat(raster.crs.to_wkt()).transform(x, y)
    return lon, lat
