"""Footprints of rasters: a folder of them, or a list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS

from landloom.audit.footprints import Footprints, metres_of_unit
from landloom.audit.sets import AuditSet, common_grid
from landloom.errors import Faults, LandloomError
from landloom.raster.coordinates import apply_affine
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import PixelGrid

_RASTERS = {".tif", ".tiff", ".jp2", ".vrt", ".img"}
_LISTS = {".txt", ".lst"}
_TOLD = 5


def is_of_chips(path: str) -> bool:
    """Return whether a path leads to a folder of rasters, a list of them, or one of them."""
    place = Path(path)
    return place.is_dir() or place.suffix.lower() in _RASTERS | _LISTS


def read_chips(name: str, path: str) -> AuditSet:
    """Return the footprints of rasters, from their CRS, transform and size alone.

    Parameters
    ----------
    name
        Of the set.
    path
        A folder, in which GeoTIFFs and the like are looked for at any depth; a text file with a
        raster on each line, its path taken from the list's own folder; or a raster.

    Raises
    ------
    LandloomError
        There are none, or some cannot be placed: the first of these, a line each.
    """
    files = _files(path)
    grids: dict[str, PixelGrid] = {}
    faults = Faults()
    failed = 0
    for file in files:
        try:
            with open_dataset(str(file)) as raster:
                grids[_called(file, path)] = PixelGrid.of(raster)
        except LandloomError as error:
            failed += 1
            if failed <= _TOLD:
                faults.add(str(error))
    if failed > _TOLD:
        faults.add(
            f"{path}: {failed} of its {len(files)} rasters cannot be used; these are the first"
        )
    faults.tell()
    wkts = list(dict.fromkeys(grid.wkt for grid in grids.values()))
    crss = [CRS.from_wkt(wkt) for wkt in wkts]
    zone = np.array([wkts.index(grid.wkt) for grid in grids.values()], np.int64)
    shapes = shapely.polygons([_corners(grid) for grid in grids.values()])
    pixel = np.array(
        [pixel_metres(grid, crss[z]) for grid, z in zip(grids.values(), zone, strict=True)]
    )
    every = np.ones(len(shapes), np.bool_)
    footprints = Footprints(shapes, tuple(crss), zone, pixel, every, np.zeros_like(zone))
    labels = np.array(list(grids), np.object_)
    grid = common_grid(list(grids.values()))
    return AuditSet(name, path, footprints, np.arange(len(shapes)), labels, grid=grid)


def pixel_metres(grid: PixelGrid, crs: CRS) -> float:
    """Return metres of the shorter side of a pixel in the middle of a grid, about."""
    a, b, _, d, e, _ = tuple(grid.transform)[:6]
    unit = metres_of_unit(crs)
    narrow = 1.0
    if crs.is_geographic:
        middle = (grid.own_bounds[1] + grid.own_bounds[3]) / 2
        narrow = max(float(np.cos(middle * crs.axis_info[0].unit_conversion_factor)), 1e-6)
    return float(min(np.hypot(a * narrow, d), np.hypot(b * narrow, e)) * unit)


def _corners(grid: PixelGrid) -> np.ndarray:
    cols = np.array([0, grid.width, grid.width, 0], float)
    rows = np.array([0, 0, grid.height, grid.height], float)
    return np.stack(apply_affine(grid.transform, cols, rows), axis=-1)


def _files(path: str) -> list[Path]:
    place = Path(path)
    if place.is_dir():
        files = sorted(f for f in place.rglob("*") if f.suffix.lower() in _RASTERS and f.is_file())
        if not files:
            raise LandloomError(
                f"{path}: the folder holds no rasters ({', '.join(sorted(_RASTERS))}); name the "
                "folder of the chips, or a file of footprints"
            )
        return files
    if place.suffix.lower() not in _LISTS:
        return [place]
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise LandloomError(
            f"{path}: is no text in UTF-8; write a raster's path on each line"
        ) from None
    named = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not named:
        raise LandloomError(f"{path}: the list is empty; write a raster's path on each line")
    files = [place.parent / line for line in named]
    if missing := [line for line, file in zip(named, files, strict=True) if not file.is_file()]:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise LandloomError(
            f"{path}: lists {missing[0]}{more}, where no file is (looked in {place.parent}); "
            "correct the list"
        )
    return list(dict.fromkeys(files))


def _called(file: Path, path: str) -> str:
    """Return a raster's path below the folder, or that of its list."""
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
