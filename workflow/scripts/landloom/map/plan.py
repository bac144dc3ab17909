"""The plan of the map: its pixel grid, the blocks it is joined from, and what each is made of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from landloom.job.files import read_json, write_json
from landloom.map.blocks import Block, block_named, blocks, named_as_sheets
from landloom.map.map_grid import map_grid
from landloom.map.points import Points
from landloom.map.region_share import told_of_region
from landloom.map.sheets import refuse_too_many, sheet_of
from landloom.map.zones import Zone, ZonedEmbedding, zone_names
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, coordinates
from landloom.raster.pixel_grid import Box, PixelGrid, Pixels, pixels_onto

PREDICTION, CALIBRATION = "predict_block", "calibrate_block"
"""Rules that make something of each block."""


@dataclass(frozen=True)
class MapPlan:
    """How the blocks that are predicted become the map.

    Attributes
    ----------
    grid : PixelGrid
        The map's pixels.
    size
        Side of the blocks of the map and of every zone, in pixels.
    region
        Lon/lat box to which a mosaic is cut; None for all.
    zones
        Name of each zone to the names of its blocks.
    mosaic
        Name of each of the map's blocks to the names of the zones' blocks it takes pixels from;
        None where the map's pixels are those of its one zone, whose blocks are joined as they are.
    notes
        What a reader should know of the map as a whole.
    sheet
        Blocks along a side of what one job makes; where there are more than one, ``zones`` and
        ``mosaic`` name sheets of these.
    """

    grid: PixelGrid
    size: int
    region: Bounds | None
    zones: dict[str, list[str]]
    mosaic: dict[str, list[str]] | None
    notes: tuple[str, ...] = ()
    sheet: int = 1

    @property
    def side(self) -> int:
        """Pixels along what one job makes."""
        return self.size * self.sheet

    @property
    def block_names(self) -> list[str]:
        """The blocks that are joined to the map."""
        if self.mosaic is None:
            return next(iter(self.zones.values()))
        return list(self.mosaic)

    @property
    def blocks(self) -> list[Block]:
        """The same, with their places."""
        return [self.block(name) for name in self.block_names]

    def block(self, name: str) -> Block:
        """Return one of them by its name."""
        return block_named(name, self.grid.width, self.grid.height, self.size)

    def place(self, points: Points) -> Points:
        """Return points with their coordinates in the map's CRS, where that is another one."""
        if self.mosaic is None:
            return points
        from pyproj import CRS

        onto = coordinates(CRS.from_user_input(LONLAT), self.grid.crs)
        x, y = onto(points.frame["lon"].to_numpy(), points.frame["lat"].to_numpy())
        return replace(points, frame=points.frame.assign(x=x, y=y))

    def save(self, path: str | Path) -> None:
        """Write as JSON; equal plans give equal bytes."""
        region = list(self.region) if self.region else None
        told = {"block": self.size, "region": region, "notes": list(self.notes)}
        told |= {"sheet": self.sheet} if self.sheet > 1 else {}
        blocks = {"zones": self.zones, "mosaic": self.mosaic}
        write_json(path, {**self.grid.plain(), **told, **blocks})

    @classmethod
    def load(cls, path: str | Path) -> MapPlan:
        """Read what `save` wrote."""
        fields: dict[str, Any] = read_json(path)
        region = tuple(fields["region"]) if fields["region"] else None
        grid = PixelGrid.from_plain(fields)
        names, notes = (fields["zones"], fields["mosaic"]), tuple(fields["notes"])
        return cls(grid, fields["block"], region, *names, notes, fields.get("sheet", 1))


def plan_map(
    embedding: ZonedEmbedding,
    crs: str,
    size: int,
    region: Bounds | None,
    sheet: int | None = None,
    kinds: Collection[str] = (PREDICTION,),
) -> MapPlan:
    """Plan the map.

    Parameters
    ----------
    embedding : ZonedEmbedding
        What is mapped.
    crs
        Of the map, see `landloom.map.map_grid.map_grid`.
    size
        Side of a block, in pixels.
    region
        Lon/lat box to which the map of several zones, or in another CRS, is cut.
    sheet
        Blocks along a side of what one job makes; None for what suits their number.
    kinds
        The rules that make something of each block, as in `landloom.run.sizes.MapSize`. They count
        only where it is told what a sheet is.

    Raises
    ------
    LandloomError
        Where the CRS is unknown, or has no place for the embedding; where the sheets that are
        asked for would be too many jobs.
    """
    grid = map_grid(embedding, crs, region)
    names = zone_names([zone.info.grid for zone in embedding.zones])
    infos = [zone.info for zone in embedding.zones]

    def number(side: int) -> int:
        return sum(info.number_of_squares(side) for info in infos)

    aside = sheet or sheet_of(number, size)
    alone = len(embedding.zones) == 1 and grid == embedding.common.grid
    # Of a mosaic each kind has jobs for the map's own blocks, too, and only these are calibrated.
    of_zones = len(kinds) if alone else len({*kinds} - {CALIBRATION})
    if sheet:
        refuse_too_many(number, size, sheet, of_zones)
    zones = {
        name: zone.block_names(size, aside=aside)
        for name, zone in zip(names, embedding.zones, strict=True)
    }
    notes = tuple(told_of_region(embedding, region) if region else ())
    if alone:
        return MapPlan(grid, size, None, zones, None, notes, aside)
    mosaic = _mosaic(embedding, grid, size, aside)
    if sheet:
        own = len(kinds) * len(mosaic) / number(size * sheet)
        refuse_too_many(number, size, sheet, of_zones + own)
    return MapPlan(grid, size, region, zones, mosaic, notes, aside)


def _mosaic(
    embedding: ZonedEmbedding, grid: PixelGrid, size: int, aside: int
) -> dict[str, list[str]]:
    """Return, for each block of the map that some zone can fill, the blocks of zones it needs.

    Or of sheets of so many blocks along a side.
    """
    ways = [(zone, pixels_onto(grid, zone.info.grid)) for zone in embedding.zones]
    there = {name for zone in embedding.zones for name in zone.block_names(size, aside=aside)}
    found = {}
    for block in named_as_sheets(blocks(grid.width, grid.height, size * aside), aside):
        box = Box(block.row, block.row + block.height, block.col, block.col + block.width)
        touched = {name for zone, way in ways for name in _touched(zone, way, box, size, aside)}
        if needed := sorted(touched & there):
            found[block.name] = needed
    return found


def _touched(zone: Zone, way: Pixels, box: Box, size: int, aside: int) -> set[str]:
    """Return the names of a zone's blocks that can hold what a box of the map shows."""
    grid = zone.info.grid
    part = (way.cover(box) or grid.box).clip(grid.box)
    return set(zone.block_names(size, part, aside)) if part.area else set()
