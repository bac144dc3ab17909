"""GeoPackages whose bytes depend on their contents alone."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pyogrio


def write_gpkg(frame: geopandas.GeoDataFrame, path: Path, layer: str, append: bool = False) -> None:
    """Write or extend a GeoPackage layer; the time stamp that the format wants is a fixed one.

    Raises
    ------
    OSError
        Where it cannot be written, as on a full disk.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, driver="GPKG", layer=layer, append=append)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OSError(str(error)) from None
