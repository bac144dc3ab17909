"""Which tiles of public datasets there are."""

from __future__ import annotations

from collections.abc import Sequence

from landloom.errors import LandloomError, NotThereError
from landloom.raster.bounds import Bounds
from landloom.raster.opening import open_dataset
from landloom.sources.catalogue import named


def find_tiles(paths: Sequence[str], bounds: Bounds, key: str) -> tuple[list[str], list[str]]:
    """Put in place of public datasets' names the tiles that a box needs and that exist.

    Parameters
    ----------
    paths
        Names of public datasets, or anything that GDAL opens.
    bounds
        Lon/lat box.
    key
        The configuration's, for messages.

    Returns
    -------
    found, missing : list of str
        All rasters, in order; the tiles that the server does not have, as over open sea.

    Raises
    ------
    LandloomError
        Where a dataset has no tile there at all, or its server cannot be reached.
    """
    found, missing = [], []
    for path in paths:
        source = named(path, "landcover")
        if not source or not source.degrees:
            found.append(source.url if source else path)
            continue
        tiles = {tile: _exists(tile, f"{key}: {path}: {tile}") for tile in source.rasters(bounds)}
        if not any(tiles.values()):
            raise LandloomError(
                f"{key}: {path}: has no tile at {', '.join(f'{edge:g}' for edge in bounds)} "
                "(w, s, e, n); correct the region, or name another dataset"
            )
        found += [tile for tile, there in tiles.items() if there]
        missing += [tile for tile, there in tiles.items() if not there]
    return found, missing


def _exists(path: str, label: str) -> bool:
    try:
        open_dataset(path, label).close()
    except NotThereError:
        return False
    return True
