"""Footprints: do they lie where the table of samples says? From their coordinates alone."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely
from rasterio.io import DatasetReader

from landloom.arrays import Float64s, Mask
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.split_files import Chunk
from landloom.dataset.proof.windows import Windows, lonlat_of
from landloom.raster.coordinates import apply_affine, to_lonlat

_RAGGED = 0.05
"""Pixels by which a footprint's corner may miss that of a pixel."""
_MOVED = 1e-6
"""Degrees by which a centre may miss that of its footprint."""


def find_windows(
    chunk: Chunk, raster: DatasetReader, step: int, findings: Findings
) -> tuple[Windows, Mask]:
    """Find source pixels from the footprints' coordinates alone, and tell where there are any.

    Parameters
    ----------
    chunk
        The n footprints.
    raster
        The land cover.
    step
        Source pixels along a patch's side.
    findings
        Where faults are noted.

    Returns
    -------
    windows
        (m, 2) first row and column of the m footprints that are windows of the raster.
    whole
        (n,) which these are.
    """
    pixels = _corner_pixels(chunk.table, raster)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    near = np.rint(low)
    with np.errstate(invalid="ignore"):
        ragged = np.maximum(np.abs(low - near), np.abs(high - near - step)).max(axis=1)
    inside = (near >= 0).all(axis=1) & (near + step <= raster.shape).all(axis=1)
    whole = (ragged < _RAGGED) & inside
    findings.refuse(
        chunk.split,
        chunk.rows[~whole],
        f"footprint is not {step} x {step} whole pixels of the raster",
    )
    return near[whole].astype(np.int64), whole


def _corner_pixels(table: geopandas.GeoDataFrame, raster: DatasetReader) -> Float64s:
    """Return row and column of the four corners of footprints, (n, 4, 2); NaN for other shapes."""
    square = shapely.get_num_coordinates(table.geometry.array) == 5
    corners = np.full((len(table), 4, 2), np.nan)
    outlines = shapely.get_coordinates(table.geometry.array[square])
    corners[square] = outlines.reshape(-1, 5, 2)[:, :4]
    # The same operation that led to lon/lat: of several, PROJ may choose another for the way back.
    lonlat = to_lonlat(raster.crs.to_wkt())
    x, y = lonlat.transform(corners[..., 0], corners[..., 1], direction="INVERSE")
    col, row = apply_affine(~raster.transform, x, y)
    return np.stack([row, col], axis=-1)


def check_places(
    chunk: Chunk, windows: Windows, witnesses: Witnesses, promises: Promises, findings: Findings
) -> None:
    """Compare the table of samples with the places of their footprints.

    Parameters
    ----------
    chunk
        The table of n samples.
    windows
        (n, 2) their windows, which `find_windows` found.
    witnesses
        The cells, and the land cover.
    promises
        What is promised.
    findings
        Where faults are noted.
    """
    split, rows, table = chunk.split, chunk.rows, chunk.table
    off = (windows != table[["row", "col"]].to_numpy() * promises.step).any(axis=1)
    findings.refuse(split, rows[off], "footprint does not lie at its lattice row and col")
    centres = windows.astype(np.float64) + promises.step / 2
    lon, lat = lonlat_of(witnesses.raster, centres[:, 0], centres[:, 1])
    moved = np.hypot(lon - table["lon"], lat - table["lat"]).to_numpy() > _MOVED
    findings.refuse(split, rows[moved], "lon, lat is not the centre")
    home = witnesses.cells.set_index("cell").reindex(table["cell"])
    west, south, east, north = home.geometry.bounds.to_numpy().T
    inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    strange = ~inside | (home["split"] != split).to_numpy()
    findings.refuse(
        split,
        rows[strange],
        "centre does not lie in its cell, or the cell is not of this split",
    )
