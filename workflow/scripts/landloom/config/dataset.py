"""The section `dataset`: patches of land cover and relief, and their split."""

from __future__ import annotations

import math
from itertools import product
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from landloom.addresses import shown
from landloom.config.checks import AtKeyError, OpenFraction, Section, Seed
from landloom.config.elevation import ElevationConfig
from landloom.config.landcover import LandcoverConfig
from landloom.config.paths import lookup, shared_raster
from landloom.config.plan_size import (
    MOST_CELLS_ASIDE,
    MOST_TILES,
    most_cells_aside,
    slow_note,
)
from landloom.config.publication import PublicationConfig
from landloom.config.region import Region
from landloom.dataset.cells import CellGrid
from landloom.raster.degree_tiles import nearby_tiles


class GridConfig(Section):
    """The cells that the region is cut into, and how they are split."""

    n: Annotated[int, Field(ge=1, le=MOST_CELLS_ASIDE)] = 50
    """Cells along each side: the region is cut into n x n cells."""
    test_fraction: OpenFraction = 0.2
    """Share of the cells with land cover, above 0 and below 1, that go to the test split; the
    others go to training. It is rounded down to whole cells, but to no less than one: 0.2 of 9
    cells is 1 of them."""
    buffer_km: Annotated[float, Field(ge=0, le=20_000)] = 0.0
    """Least distance, in kilometres, between training and test patches; training patches nearer to
    a test patch are left out."""
    seed: Seed = 827
    """Seed of the random choice of test cells; the same seed gives the same split."""

    @model_validator(mode="after")
    def _check(self) -> GridConfig:
        if int(self.n**2 * self.test_fraction) < 1:
            raise AtKeyError(
                "test_fraction",
                f"{self.test_fraction:g}: of {self.n**2} cells gives no test cell; raise it or n",
            )
        return self


_WIDEST_PATCH = 10_000
"""Source pixels along a patch: a job holds its codes (0.1 GB) several times."""


class PatchConfig(Section):
    """The size of the patches, which are the samples."""

    size: Annotated[int, Field(ge=2, le=4096)] = 40
    """Rows and columns of a patch, in pixels as they are written, after downsampling."""
    downsample: Annotated[int, Field(ge=1, le=1000)] = 2
    """Source pixels along each side of a written pixel, which gets the most frequent of their
    classes; 1 keeps the source's own pixels."""

    @model_validator(mode="after")
    def _check(self) -> PatchConfig:
        if self.size * self.downsample > _WIDEST_PATCH:
            raise AtKeyError(
                "downsample",
                f"{self.downsample}: {self.size} pixels of {self.downsample} each make patches of "
                f"{self.size * self.downsample:,} source pixels a side; {_WIDEST_PATCH:,} are the "
                f"most: set it to {_WIDEST_PATCH // self.size} at most, or make size smaller",
            )
        return self


_PIXELS_WORTH_A_JOB = 4_000_000
"""Pixels of a cell whose patches, or whose relief, take the 0.4 s of CPU that starting a job does
(`benchmarks/jobs.py`): a job that makes several such cells takes less than half for each."""

_PIXELS_OF_TEN_ROWS = 100_000_000
_FILES_OF_TEN_ROWS = 500
"""What one job takes of rows of cells at most, where it takes ten: some seconds of work, beside
which its start is little; and files among which Snakemake looks for each that it plans."""


_FEWEST_PATCHES = 2
"""Patches that a region must have room for: one to train with, one to test with."""

_FINEST = 0.1
"""The least share that a pixel's true size may be of the resolution that is set, which may be more:
where not even such pixels leave room, nothing does."""


def _are_jobs(region: Region, landcover: LandcoverConfig, n: int) -> bool:
    """Return whether a cell is as much work as starting a job for it."""
    pixels = CellGrid(region.bounds, n).cell_area() / landcover.resolution**2
    return pixels > _PIXELS_WORTH_A_JOB


class DatasetConfig(Section):
    """Patches of land cover and relief, with a leak-free split into training and test."""

    region: Region
    """The area that patches are taken from."""
    landcover: LandcoverConfig
    """The classes of the patches."""
    elevation: ElevationConfig
    """The heights of the patches."""
    grid: GridConfig = GridConfig()
    """The cells, and their split into training and test."""
    patches: Annotated[PatchConfig, Field(validate_default=True)] = PatchConfig()
    """The size of the patches."""
    publication: PublicationConfig | None = None
    """What is told of the dataset where it is published, which no run can know. If left out: it is
    marked as open."""

    @property
    def cells(self) -> CellGrid:
        """The grid of cells over the region."""
        return CellGrid(self.region.bounds, self.grid.n)

    @property
    def cell_pixels(self) -> float:
        """Pixels of land cover that a cell has on average."""
        return self.cells.cell_area() / self.landcover.resolution**2

    @property
    def cell_names_of_a_job(self) -> list[str]:
        """Names of the cells that one job makes, ``{cells}`` standing for what they share.

        Rows of cells whose names differ in the last digit alone, where all is small; or one row;
        or just one cell, where that is as much work as starting its job.
        """
        if _are_jobs(self.region, self.landcover, self.grid.n):
            return ["{cells}"]
        columns = map(self.cells.column_name, range(self.grid.n))
        if self.rows_of_a_job == 1:
            return ["{cells}" + column for column in columns]
        rows = range(self.rows_of_a_job)
        return ["{cells}" + f"{row}{column}" for row, column in product(rows, columns)]

    @property
    def rows_of_a_job(self) -> int:
        """Rows of cells that one job makes, unless it makes a single cell: ten of them, or one.

        Up to ten rows are all. Jobs of one rule make equally many files: so rows go by tens only
        where none are left over. Elevation that comes as tiles has a job for each row: a tile that
        does not arrive is to keep few cells from being made.
        """
        n = self.grid.n
        rows = min(n, 10)
        if self.elevation.tiled or n % rows or rows * n > _FILES_OF_TEN_ROWS:
            return 1
        return rows if rows * n * self.cell_pixels <= _PIXELS_OF_TEN_ROWS else 1

    @property
    def slow_to_plan(self) -> str | None:
        """What is told where planning takes long."""
        one_by_one = _are_jobs(self.region, self.landcover, self.grid.n)
        tiles = len(self.tiles) if self.elevation.tiled else 0
        rows = self.rows_of_a_job
        return slow_note(self.grid.n, tiles, one_by_one=one_by_one, rows=rows)

    @property
    def reach(self) -> float:
        """Metres from a patch's centre to its corner, with a tenth to spare for map scale."""
        side = self.patches.size * self.patches.downsample * self.landcover.resolution
        return 1.1 * side / math.sqrt(2)

    def tiles_of(self, cell: str) -> list[str]:
        """Return the names of the elevation tiles that patches of a cell may touch."""
        return nearby_tiles(self.cells.cell(cell).bounds, self.reach)

    @property
    def tiles(self) -> list[str]:
        """Names of all elevation tiles that patches of the region may touch."""
        return nearby_tiles(self.region.bounds, self.reach)

    @field_validator("grid")
    @classmethod
    def _check_jobs(cls, grid: GridConfig, info: ValidationInfo) -> GridConfig:
        region, landcover = info.data.get("region"), info.data.get("landcover")
        if region and landcover and _are_jobs(region, landcover, grid.n):
            most = most_cells_aside(one_by_one=True)
            if grid.n > most:
                raise AtKeyError(
                    "n",
                    f"{grid.n}: cells of this region are so large that each is a job, and "
                    f"{most} x {most} of them are the most that can be planned; lower it",
                )
        return grid

    @field_validator("patches")
    @classmethod
    def _check_room(cls, patches: PatchConfig, info: ValidationInfo) -> PatchConfig:
        region, landcover = info.data.get("region"), info.data.get("landcover")
        if region is None or landcover is None:
            return patches
        finest = landcover.resolution * _FINEST
        room = math.sqrt(CellGrid(region.bounds, 1).cell_area() / _FEWEST_PATCHES) / finest
        if patches.size * patches.downsample > room:
            most = math.floor(room / patches.downsample)
            remedy = f"make it {most} at most, or " if most > 1 else ""
            raise AtKeyError(
                "size",
                f"{patches.size}: the region has no room for {_FEWEST_PATCHES} patches of "
                f"{patches.size} x {patches.downsample} pixels, even of {finest:g} m; {remedy}"
                "choose a larger region (if pixels are finer: set dataset.landcover.resolution)",
            )
        return patches

    @field_validator("elevation")
    @classmethod
    def _refuse_the_landcover(
        cls, elevation: ElevationConfig, info: ValidationInfo
    ) -> ElevationConfig:
        landcover = info.data.get("landcover")
        if landcover and (same := shared_raster(elevation.rasters, landcover.rasters)):
            raise AtKeyError(
                "source",
                f"{shown(same)}: is the land cover, 'dataset.landcover.raster', too: its codes are "
                "no heights; name a raster of heights here, and there one of classes",
            )
        return elevation

    @field_validator("elevation")
    @classmethod
    def _check_tiles(cls, elevation: ElevationConfig, info: ValidationInfo) -> ElevationConfig:
        region = info.data.get("region")
        if region is None or not elevation.tiled:
            return elevation
        tiles = len(nearby_tiles(region.bounds, 0.0))
        if tiles > MOST_TILES:
            raise AtKeyError(
                "source",
                f"{elevation.source}: the region has {tiles:,} tiles of 1 degree, {MOST_TILES:,} "
                "are the most that can be planned; choose a smaller region (a continent is 5,000), "
                "or elevation in one raster",
            )
        return elevation

    @field_validator("elevation")
    @classmethod
    def _own_tiles(cls, elevation: ElevationConfig, info: ValidationInfo) -> ElevationConfig:
        files = lookup(info)
        region, template = info.data.get("region"), elevation.template
        if files is None or template is None or elevation.fetched or region is None:
            return elevation
        paths = [template.path(tile) for tile in nearby_tiles(region.bounds, 0.0)]
        if not any(map(files.has, paths)):
            raise AtKeyError(
                "source",
                f"{elevation.source}: none of the region's {len(paths)} tiles is there "
                f"(looked for {files.moved(paths[0])}); correct the template or the region",
            )
        return elevation
