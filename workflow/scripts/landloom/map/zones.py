"""An embedding in one zone or several: rasters in different CRSs that share the ground.

Public embeddings come in the zones of the Universal Transverse Mercator system, each a CRS with a
pixel grid of its own, and neighbours both have data along their common edge. Whatever asks for the
embedding at a place asks the zone that speaks for it: the one whose footprint holds the place, and
the others, in order, only where that one has no data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from landloom.arrays import Columns, Float64s, Mask
from landloom.job.files import read_json, write_json
from landloom.map.blocks import Block, block_named, blocks_touching, named_as_sheets
from landloom.map.embedding import EmbeddingInfo
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT
from landloom.raster.pixel_grid import Box, PixelGrid

if TYPE_CHECKING:
    from pyproj import CRS

Owners = npt.NDArray[np.int16]
"""Numbers of zones, by place; `NOBODY` where there is none."""

NOBODY = -1


@dataclass(frozen=True)
class Zone:
    """The part of an embedding that lies on one pixel grid.

    Attributes
    ----------
    name
        Such as ``utm31n``; empty where the embedding has no other.
    info : EmbeddingInfo
        The rasters.
    footprint
        The ground that it speaks for, as WKT in longitude and latitude; empty for none of its own.
    """

    name: str
    info: EmbeddingInfo
    footprint: str = ""

    def has_block(self, name: str) -> bool:
        """Return whether a block is this zone's, by its name."""
        return not self.name or name.startswith(f"{self.name}-")

    def block(self, name: str, size: int) -> Block:
        """Return the block of a name that `block_names` gave it, of blocks of this size."""
        own = name.removeprefix(f"{self.name}-") if self.name else name
        return block_named(own, self.info.grid.width, self.info.grid.height, size)

    def block_names(self, size: int, part: Box | None = None, aside: int = 1) -> list[str]:
        """Name the blocks of a part of the grid, or those in which some raster lies.

        Or the sheets of so many blocks along a side.
        """
        grid, size = self.info.grid, size * aside
        cut = (
            blocks_touching(grid.width, grid.height, size, [(part.top, part.left, *part.shape)])
            if part
            else self.info.blocks(size)
        )
        prefix = f"{self.name}-" if self.name else ""
        return [f"{prefix}{block.name}" for block in named_as_sheets(cut, aside)]


@dataclass(frozen=True)
class ZonedEmbedding:
    """An embedding, whose zones are alike in all but their places.

    Attributes
    ----------
    zones : tuple of Zone
        At least one, in the order in which they are asked for what their owner does not have.
    """

    zones: tuple[Zone, ...]

    @property
    def common(self) -> EmbeddingInfo:
        """One zone's rasters, for what all zones share: bands, type, encoding, nodata."""
        return self.zones[0].info

    def bounds(self, crs: CRS | str = LONLAT) -> Bounds:
        """Return west, south, east, north of all zones in a CRS."""
        boxes = np.array([zone.info.grid.bounds(crs) for zone in self.zones])
        (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        if crs == LONLAT and len(boxes) > 1 and east - west > 180:  # the short way round the Earth
            around = np.where(boxes[:, [0, 2]] < 0, boxes[:, [0, 2]] + 360, boxes[:, [0, 2]])
            west, east = around.min(), around.max() - 360
        return float(west), float(south), float(east), float(north)

    def spots(self, zones: npt.NDArray[np.integer[Any]], x: Float64s, y: Float64s) -> Columns:
        """Return the columns that tell where points lie in the embedding.

        Parameters
        ----------
        zones : ndarray of int, shape (points,)
            The number of each point's zone.
        x, y : ndarrays of float64, shape (points,)
            In the CRS of the point's own zone.

        Returns
        -------
        dict of str to ndarray
            ``x``, ``y``, ``row``, ``col`` and, where there are several, the name of the ``zone``.
        """
        row, col = np.empty((2, len(zones)), np.int64)
        for number, zone in enumerate(self.zones):
            own = np.flatnonzero(zones == number)
            row[own], col[own] = zone.info.grid.pixels(x[own], y[own])
        spots: Columns = {"x": x, "y": y, "row": row, "col": col}
        if len(self.zones) > 1:
            spots["zone"] = np.array([zone.name for zone in self.zones])[zones]
        return spots

    @classmethod
    def alone(cls, info: EmbeddingInfo) -> Self:
        """Return an embedding on one pixel grid."""
        return cls((Zone("", info),))

    def zone_of(self, block: str) -> Zone:
        """Return the zone of a block, by the block's name."""
        return next(zone for zone in self.zones if zone.has_block(block))

    def owners(self, lon: Float64s, lat: Float64s) -> Owners:
        """Return the number of the zone whose footprint holds each place.

        Parameters
        ----------
        lon, lat : ndarrays of float64, of one shape
            Degrees. A place on a common edge belongs to the zone east or north of it.
        """
        import shapely

        owners = np.full(np.shape(lon), NOBODY, np.int16)
        for number, footprint in self._footprints:
            # The prepared geometry answers for a box of pixels in some milliseconds.
            owners[shapely.intersects_xy(footprint, lon, lat)] = number
        return owners

    @cached_property
    def _footprints(self) -> list[tuple[int, Any]]:
        """Return footprints with their zones' numbers, western and southern ones first."""
        import shapely

        told = [
            (number, shapely.from_wkt(zone.footprint))
            for number, zone in enumerate(self.zones)
            if zone.footprint
        ]
        for _, footprint in told:
            shapely.prepare(footprint)
        return sorted(told, key=lambda item: item[1].bounds[:2])

    def save(self, path: str | Path) -> None:
        """Write as JSON; an embedding in one zone as that zone's rasters alone."""
        if len(self.zones) == 1:
            self.common.save(path)
            return
        common = {"bands": self.common.bands, "dtype": self.common.dtype}
        zones = [
            {"name": zone.name, "footprint": zone.footprint, **zone.info.plain()}
            for zone in self.zones
        ]
        write_json(path, {**common, "zones": zones})

    @classmethod
    def load(cls, path: str | Path) -> ZonedEmbedding:
        """Read what `save` wrote."""
        fields = read_json(path)
        if "zones" not in fields:
            return cls.alone(EmbeddingInfo.from_plain(fields))
        return cls(
            tuple(
                Zone(zone["name"], EmbeddingInfo.from_plain(zone), zone["footprint"])
                for zone in fields["zones"]
            )
        )


def settle(owners: Owners, zones: int, has_data: Callable[[int, Mask], Mask]) -> Owners:
    """Return which zone gives each place its data: its owner, else the first other that has any.

    Parameters
    ----------
    owners : ndarray of int16
        As `ZonedEmbedding.owners` gives them.
    zones
        How many there are.
    has_data
        Takes a zone's number and a mask of places that are asked for; returns where it has data.
        It is asked at most once for a zone and a place.

    Returns
    -------
    ndarray of int16, of the same shape
        `NOBODY` where no zone has data.
    """
    settled = np.full_like(owners, NOBODY)
    for by_owner in (True, False):
        for zone in range(zones):
            asked = (settled == NOBODY) & ((owners == zone) == by_owner)
            if asked.any():
                settled[asked & has_data(zone, asked)] = zone
    return settled


def zone_names(grids: Sequence[PixelGrid]) -> list[str]:
    """Name zones by their CRSs: ``utm31n``, ``epsg3035``, else ``zone1``; each name once."""
    names: list[str] = []
    for number, grid in enumerate(grids, start=1):
        crs = grid.crs
        authority = crs.to_authority()
        name = f"utm{crs.utm_zone}" if crs.utm_zone else "".join(authority or ("zone", str(number)))
        name = re.sub(r"[^a-z0-9]", "", name.lower())
        names.append(name if name not in names else f"{name}x{number}")
    return names


def utm_footprints(grids: Sequence[PixelGrid]) -> list[str]:
    """Return the ground that each zone speaks for by the rule of six degrees, as WKT.

    A zone's strip ends at the equator where the list has the zone of the other hemisphere, too. A
    CRS that is no zone of the Universal Transverse Mercator system speaks for no ground.
    """
    import shapely

    zones = [grid.crs.utm_zone for grid in grids]
    footprints = []
    for zone in zones:
        if not zone:
            footprints.append("")
            continue
        number, half = int(zone[:-1]), zone[-1]
        south, north = -90.0, 90.0
        if f"{number}{'S' if half == 'N' else 'N'}" in zones:
            south, north = (0.0, north) if half == "N" else (south, 0.0)
        west = 6.0 * number - 186.0
        footprints.append(shapely.box(west, south, west + 6.0, north).wkt)
    return footprints
