"""The land-cover raster: what it is, and whether it can serve the region that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
from pyproj import Geod
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.addresses import shown
from landloom.arrays import Int32s
from landloom.copies import called
from landloom.dataset.cells import CellGrid
from landloom.dataset.lattice import Lattice
from landloom.dataset.region_check import likely_cause, share_on_raster
from landloom.errors import LandloomError
from landloom.job.files import read_json, write_json
from landloom.legend.legends import refuse_unlisted
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.numbers import kind_of
from landloom.raster.opening import read_codes
from landloom.raster.pixel_grid import PixelGrid

_WGS84 = Geod(ellps="WGS84")

_LOOKED_AT = 100
"""Patches whose codes are looked at before the cells are cut."""


@dataclass(frozen=True)
class LandcoverInfo:
    """A raster's header, and how the region lies on it.

    Attributes
    ----------
    raster
        The path as configured; of an address, what is shown.
    grid
        Its pixels.
    resolution
        Width and height of a pixel in units of the CRS.
    corners
        Lon and lat of the upper left, upper right, lower right and lower left corner; None
        where the projection gives none.
    region_share
        Share of the region's area that lies on the raster.
    patch_metres
        Width and height of a patch on the ground, at the region's middle.
    max_patches
        Patches whose centre lies in the region, before any is rejected.
    empty_cells
        Cells without a patch.
    """

    raster: str
    grid: PixelGrid
    resolution: tuple[float, float]
    dtype: str
    nodata: float | None
    corners: list[list[float] | None]
    region: Bounds
    region_share: float
    patch_metres: tuple[float, float]
    max_patches: int
    empty_cells: int

    def save(self, path: Path | str) -> None:
        """Write as JSON."""
        content = {
            "raster": self.raster,
            **self.grid.plain(),
            "bounds": list(self.grid.own_bounds),
            "resolution": list(self.resolution),
            "dtype": self.dtype,
            "nodata": self.nodata,
            "corners": self.corners,
            "region": list(self.region),
            "region_share": self.region_share,
            "patch_metres": list(self.patch_metres),
            "max_patches": self.max_patches,
            "empty_cells": self.empty_cells,
        }
        write_json(path, content)

    @classmethod
    def load(cls, path: Path | str) -> LandcoverInfo:
        """Read what `save` wrote."""
        known: dict[str, Any] = read_json(path)
        return cls(
            raster=known["raster"],
            grid=PixelGrid.from_plain(known),
            resolution=tuple(known["resolution"]),
            dtype=known["dtype"],
            nodata=known["nodata"],
            corners=known["corners"],
            region=tuple(known["region"]),
            region_share=known["region_share"],
            patch_metres=tuple(known["patch_metres"]),
            max_patches=known["max_patches"],
            empty_cells=known["empty_cells"],
        )

    def lattice(self, size: int, downsample: int) -> Lattice:
        """Return the patches' lattice over this raster."""
        return Lattice(self.grid, size, downsample)


def inspect_landcover(
    raster: DatasetReader,
    grid: CellGrid,
    size: int,
    downsample: int,
    listed: Collection[int] | None = None,
    reach: float | None = None,
) -> LandcoverInfo:
    """Describe a raster and refuse one that cannot serve.

    Parameters
    ----------
    raster
        Open raster of class codes.
    grid
        The cells over the region.
    size, downsample
        Of the patches.
    listed
        The codes that may occur, unknown ones too; None for any. Only a sample of the patches is
        looked at: the cells see them all.
    reach
        Metres from a patch's centre within which its elevation tiles were planned; None where
        elevation does not come in tiles.

    Raises
    ------
    LandloomError
        Where the raster holds no codes, is cut short, lies elsewhere, has larger pixels than was
        planned, cells smaller than a patch, or codes that are not listed.
    """
    name = shown(called(raster.name))
    if kind_of(raster.dtypes[0]) not in "iu":
        raise LandloomError(
            f"{name}: holds {raster.dtypes[0]}; dataset.landcover.raster needs whole-number class "
            f"codes (convert with 'rio convert --dtype uint8' if its values are codes)"
        )
    _probe(raster)
    lattice = Lattice.over(raster, size, downsample)
    share = share_on_raster(lattice.grid, grid.region)
    corners = _corners(lattice)
    if share == 0.0 and not any(_lies_in(corner, grid.region) for corner in corners if corner):
        raise _outside(name, lattice, grid.region, corners)
    if reach is not None:
        check_reach(name, lattice, grid.region, reach)
    patch = _patch_metres(lattice, grid.region)
    _check_patch_in_cell(lattice, grid, patch)
    owned, some = [], []
    for cell in grid.names():
        rows, cols = lattice.owned(grid.cell(cell))
        owned.append(len(rows))
        few = slice(None, None, max(1, len(rows) * grid.n**2 // _LOOKED_AT))
        some.append((rows[few], cols[few]))
    if not any(owned):
        raise LandloomError(
            f"{name}: no patch has its centre in the region {_listed(grid.region)}, which just "
            f"touches the raster, whose corners are {corners} (lon, lat); correct dataset.region"
        )
    if listed is not None:
        _check_codes(raster, lattice, some, listed)
    return LandcoverInfo(
        raster=name,
        grid=lattice.grid,
        resolution=raster.res,
        dtype=raster.dtypes[0],
        nodata=None if raster.nodata is None else float(raster.nodata),
        corners=corners,
        region=grid.region,
        region_share=share,
        patch_metres=patch,
        max_patches=sum(owned),
        empty_cells=owned.count(0),
    )


def _outside(
    name: str, lattice: Lattice, region: Bounds, corners: list[list[float] | None]
) -> LandloomError:
    """Return the error that the region lies elsewhere; a wrong CRS in the file is offered."""
    # What is described as one raster has its CRS from the files that it is made of.
    cause = likely_cause(lattice.grid, region, "FILE" if name.endswith(".vrt") else quote(name))
    return LandloomError(
        f"{name}: the region {_listed(region)} lies outside the raster, whose corners "
        f"are {corners} (lon, lat); {cause or 'correct dataset.region or the raster'}"
    )


def _probe(raster: DatasetReader) -> None:
    """Read the first and the last pixel: a file cut short fails here, not after an hour."""
    for col, row in ((0, 0), (raster.width - 1, raster.height - 1)):
        raster.read(1, window=Window(col, row, 1, 1))


def _check_codes(
    raster: DatasetReader,
    lattice: Lattice,
    places: Sequence[tuple[Int32s, Int32s]],
    listed: Collection[int],
) -> None:
    """Look at some patches of the region, spread evenly, before hundreds of cells do."""
    rows, cols = (np.concatenate(axis) for axis in zip(*places, strict=True))
    step = lattice.step
    totals: Counter[int] = Counter()
    for i in range(0, len(rows), -(-len(rows) // _LOOKED_AT)):
        window = Window(int(cols[i]) * step, int(rows[i]) * step, step, step)
        codes, counts = np.unique(read_codes(raster, 1, window).compressed(), return_counts=True)
        totals.update(dict(zip(codes.tolist(), counts.tolist(), strict=True)))
    refuse_unlisted(raster.name, totals, listed)


def _patch_metres(lattice: Lattice, region: Bounds) -> tuple[float, float]:
    """Return width and height of a patch at the region's middle, on the WGS 84 ellipsoid."""
    west, south, east, north = region
    x, y = to_lonlat(lattice.grid.wkt).transform(
        (west + east) / 2, (south + north) / 2, direction="INVERSE"
    )
    col, row = (place / lattice.step for place in apply_affine(~lattice.grid.transform, x, y))
    lon, lat = lattice.lonlat([row, row, row + 1], [col, col + 1, col])
    _, _, metres = _WGS84.inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
    return float(metres[0]), float(metres[1])


def _check_patch_in_cell(lattice: Lattice, grid: CellGrid, patch: tuple[float, float]) -> None:
    west, south, east, north = grid.region
    lat = (south + north) / 2
    _, _, width = _WGS84.inv(west, lat, (west + east) / 2, lat)
    _, _, height = _WGS84.inv(west, south, west, north)
    cell = min(2.0 * width, height) / grid.n
    if max(patch) > cell:
        fitting = int(grid.n * cell / max(patch))
        # A single cell cannot be split, so it is no advice.
        many = fitting > 1
        lower = f"lower dataset.grid.n from {grid.n} to {fitting} or less, or " if many else ""
        larger = "" if many else " or a larger region"
        raise LandloomError(
            f"config: dataset.patches: {lattice.size} x {lattice.downsample} pixels measure "
            f"{max(patch):.0f} m, more than a cell of the grid ({cell:.0f} m); "
            f"{lower}choose smaller patches{larger}"
        )


_COARSER = 1.02
"""How many times as long as the resolution that is set a pixel may be without a word."""


def coarser_note(info: LandcoverInfo, across: int, resolution: float) -> str | None:
    """Return what to say where pixels are larger than the configuration has them, else None.

    Parameters
    ----------
    info
        The raster.
    across
        Its pixels along a patch.
    resolution
        ``dataset.landcover.resolution``, metres.
    """
    width, height = info.patch_metres
    # The side of a square of the same area: some projections keep areas and no lengths.
    side = (width * height) ** 0.5 / across
    if side <= _COARSER * resolution:
        return None
    return (
        f"the pixels of {info.raster} measure {side:.2f} m on the ground in the middle of the "
        f"region, and dataset.landcover.resolution says {resolution:g} m: they are taken as they "
        "are, and nothing is resampled; if that is not the raster that was meant, correct its "
        "path, else set the key to what they measure"
    )


def check_reach(name: str, lattice: Lattice, region: Bounds, reach: float) -> None:
    """Refuse pixels so large that elevation tiles could have been missed.

    Parameters
    ----------
    name
        What to call the raster.
    lattice
        The patches' lattice over the raster.
    region
        Lon/lat bounds.
    reach
        Metres from a patch's centre within which its elevation tiles were planned.

    Raises
    ------
    LandloomError
        Where patches reach further.
    """
    needed = _half_diagonal(lattice, region)
    if needed > reach:
        metres = needed * np.sqrt(2) / lattice.step
        a, b, _, d, e, _ = lattice.grid.transform[:6]
        crs = lattice.grid.crs
        raise LandloomError(
            f"config: dataset.landcover.resolution: the pixels of {name} measure "
            f"{np.hypot(a, d):g} x {np.hypot(b, e):g} {crs.axis_info[0].unit_name} in {crs.name}, "
            f"{metres:.1f} m on the ground, more than this key says, so that elevation tiles could "
            f"be missed; set it to {np.ceil(metres):.0f}"
        )


def _half_diagonal(lattice: Lattice, region: Bounds) -> float:
    """Return the metres from a patch's centre to its corners, the most at nine places.

    Map scale changes over a region: where a pixel measures most on the ground is at its edges.
    """
    west, south, east, north = region
    lon, lat = np.meshgrid([west, (west + east) / 2, east], [south, (south + north) / 2, north])
    x, y = to_lonlat(lattice.grid.wkt).transform(lon.ravel(), lat.ravel(), direction="INVERSE")
    col, row = (place / lattice.step for place in apply_affine(~lattice.grid.transform, x, y))
    corner_lon, corner_lat = (place.ravel() for place in lattice.corners(row - 0.5, col - 0.5))
    here = np.repeat(lon, 4), np.repeat(lat, 4)
    _, _, metres = _WGS84.inv(here[0], here[1], corner_lon, corner_lat)
    return float(np.max(metres, where=np.isfinite(metres), initial=0.0))


def _corners(lattice: Lattice) -> list[list[float] | None]:
    rows = np.array([0, 0, lattice.grid.height, lattice.grid.height]) / lattice.step
    cols = np.array([0, lattice.grid.width, lattice.grid.width, 0]) / lattice.step
    places = np.stack(lattice.lonlat(rows, cols), axis=1)
    return [
        list(map(float, place.round(6))) if np.isfinite(place).all() else None for place in places
    ]


def _lies_in(place: list[float], bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return west <= place[0] <= east and south <= place[1] <= north


def _listed(bounds: Bounds) -> str:
    return ", ".join(f"{edge:g}" for edge in bounds)
