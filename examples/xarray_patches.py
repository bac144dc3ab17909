"""A finished run as labelled arrays (xarray), read only where they are used.

::

    python examples/xarray_patches.py results

It needs xarray, which Landloom itself does not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import rasterio
import xarray as xr


def open_patches(folder: str | Path, split: str = "train") -> xr.Dataset:
    """Open the samples of one split, lazily.

    Parameters
    ----------
    folder
        The folder ``results/dataset`` of a run.
    split
        ``train`` or ``test``.

    Returns
    -------
    xarray.Dataset
        ``landcover`` (class index) and ``elevation`` (metres above the patch's lowest pixel), both
        ``(sample, y, x)``, views of the memory-mapped array. Coordinates of a sample: ``lon`` and
        ``lat`` (degrees, EPSG:4326), ``cell``, and its ``row`` and ``col`` on the lattice. The
        attribute ``classes`` of ``landcover`` names the indices.
    """
    folder = Path(folder)
    array = np.load(folder / f"{split}.npy", mmap_mode="r")
    places = geopandas.read_file(folder / f"{split}.gpkg", ignore_geometry=True)
    classes = pd.read_parquet(folder / "class_distribution.parquet").set_index("index")["name"]
    sample = ("sample", "y", "x")
    return xr.Dataset(
        {
            "landcover": (sample, array[:, 0], {"classes": classes.to_dict()}),
            "elevation": (sample, array[:, 1], {"units": "m"}),
        },
        coords={
            name: ("sample", np.array(places[name].tolist()))
            for name in ("lon", "lat", "cell", "row", "col")
        },
        attrs={"split": split},
    )


def open_map(path: str | Path) -> xr.DataArray:
    """Open one of the maps (uint8, 255: no data), with the coordinates of its pixels' centres.

    It is read whole; for a large map, `rioxarray.open_rasterio(path, chunks=True)` is the better
    way, where it is installed.
    """
    with rasterio.open(path) as raster:
        step = raster.transform
        if step.b or step.d:
            raise ValueError(f"{path}: is rotated, so rows and columns have no y and x")
        return xr.DataArray(
            raster.read(1),
            dims=("y", "x"),
            coords={
                "y": step.f + step.e * (np.arange(raster.height) + 0.5),
                "x": step.c + step.a * (np.arange(raster.width) + 0.5),
            },
            attrs={"crs": raster.crs.to_wkt(), "nodata": raster.nodata},
        )


def main(results: str) -> None:
    """Tell what a run holds."""
    if Path(results, "dataset").exists():
        patches = open_patches(Path(results, "dataset"))
        print(patches)
        print("mean relief by cell (m):", patches["elevation"].groupby("cell").mean(...).values)
    if Path(results, "map").exists():
        print(open_map(Path(results, "map/landcover.tif")))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "results")
