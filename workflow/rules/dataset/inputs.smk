# What the rules of the dataset need from the configuration.
from landloom.config.paths import check_behind
from landloom.job.local_files import odd_raster
from landloom.legend.legends import BUILT_IN

SPLITS = ["train", "test"]
CELLS = cfg.dataset.cells.names()
ELEVATION = cfg.dataset.elevation
TILES = cfg.dataset.tiles if ELEVATION.tiled else []
# Land cover by name or in tiles is read through one description of what serves it.
JOINED_LANDCOVER = cfg.dataset.landcover.joined
LANDCOVER = (
    results("landcover/landcover.vrt") if JOINED_LANDCOVER else cfg.dataset.landcover.rasters[0]
)
# Several rasters of elevation, too.
JOINED_ELEVATION = ELEVATION.rasters if len(ELEVATION.rasters) > 1 else []
ELEVATION_RASTERS = [results("elevation/elevation.vrt")] if JOINED_ELEVATION else ELEVATION.rasters
# What a service cut of it, and the description leads to.
LANDCOVER_WINDOWS = [results("landcover/windows")] if JOINED_LANDCOVER else []
# What lies behind them. A description that is made anew may be the same as before, while the rasters
# that it leads to are not.
LANDCOVER_BEHIND = [
    *[not_moved(path) for path in file_inputs(JOINED_LANDCOVER)],
    *behind(*cfg.dataset.landcover.rasters),
]
ELEVATION_BEHIND = [
    *[not_moved(path) for path in file_inputs(JOINED_ELEVATION)],
    *behind(*ELEVATION.rasters),
]
# The legend's CSV, which is read while the run is planned, and which no prefix moves.
LEGEND_TABLE = cfg.dataset.landcover.legend
LEGEND_TABLE = None if LEGEND_TABLE in BUILT_IN else LEGEND_TABLE
CELL_PATCHES = [results(f"landcover/cells/{cell}.npz") for cell in CELLS]
# Each cell is a file of its own. Where cells are small, one job makes those of a row, or of ten.
NAMES_OF_A_JOB = cfg.dataset.cell_names_of_a_job
ONE_BY_ONE = NAMES_OF_A_JOB == ["{cells}"]
LAST_ROW = cfg.dataset.rows_of_a_job - 1
WHOSE = (
    f"rows {{wildcards.cells}}0 to {{wildcards.cells}}{LAST_ROW} of cells"
    if LAST_ROW
    else "row {wildcards.cells} of cells"
)
WHOSE = "cell {wildcards.cells}" if ONE_BY_ONE else WHOSE
# What a cell's jobs hold in memory grows with its pixels.
CELL_PIXELS = cfg.dataset.cell_pixels


wildcard_constraints:
    cells=r"r\d+c\d+" if ONE_BY_ONE else r"r\d+",


def names_of(wildcards):
    """Return the names of the cells that a job makes."""
    return [name.format(cells=wildcards.cells) for name in NAMES_OF_A_JOB]


def cells_of(wildcards):
    """Return a job's cells: bounds, and whether they are closed to the east and the north."""
    cells = map(cfg.dataset.cells.cell, names_of(wildcards))
    return [[*cell.bounds, cell.closed_east, cell.closed_north] for cell in cells]


def tile_source(wildcards):
    """Return the file of a tile, where there is one in a folder: none means sea, or a download."""
    if ELEVATION.fetched:
        return []
    path = ELEVATION.template.path(wildcards.tile)
    return [own(path)] if FILES.has(path) else []


def behind_tile(wildcards):
    """Return what lies behind the file of a tile."""
    return behind(*tile_source(wildcards))


def check_own_tiles():
    """End the run where a tile of a folder is a pipe or the like, which Snakemake would wait for.

    Or where it leads to a file that is not there.
    """
    for tile in [] if ELEVATION.fetched else TILES:
        path = ELEVATION.template.path(tile)
        if kind := odd_raster(FILES.moved(path)):
            sys.exit(f"\nconfig: dataset.elevation.source: {path}: is {kind}; name files\n")
        try:
            check_behind(path, FILES.moved(path), FILES)
        except ValueError as error:
            sys.exit(f"\nconfig: dataset.elevation.source: {path}: {error}\n")


check_own_tiles()


OWN_TILES = [] if ELEVATION.fetched else [ELEVATION.template.path(tile) for tile in TILES]
OWN_TILES = [path for path in OWN_TILES if FILES.has(path)]
OWN_FILES["dataset"] = [
    *not_made(file_inputs([*cfg.dataset.landcover.rasters, *ELEVATION.rasters, *OWN_TILES])),
    *not_made(behind(*cfg.dataset.landcover.rasters, *ELEVATION.rasters, *OWN_TILES)),
    *([local(LEGEND_TABLE)] if LEGEND_TABLE else []),
]


def tile_files(tiles):
    """Return the uniform tiles of some names."""
    return [results(f"elevation/tiles/{tile}.tif") for tile in tiles]


ELEVATION_FILES = tile_files(TILES) if ELEVATION.tiled else file_inputs(ELEVATION_RASTERS)


def tiles_of(wildcards):
    """Return the names of the tiles that the patches of each of a job's cells may touch."""
    return [cfg.dataset.tiles_of(name) if ELEVATION.tiled else [] for name in names_of(wildcards)]


def relief_source(wildcards):
    """Return the tiles that the patches of a job's cells may touch, or the one raster."""
    if ELEVATION.tiled:
        return tile_files(sorted(set().union(*tiles_of(wildcards))))
    return file_inputs(ELEVATION_RASTERS)


def opened_elevation(wildcards, input):
    """Return the one raster as the job is to open it; None where elevation comes in tiles."""
    if ELEVATION.tiled:
        return None
    (raster,) = ELEVATION_RASTERS
    return copies.called(input.elevation) if is_local(raster) else raster


def check_gdal_tools():
    """End the run where the elevation package lacks the tools that it calls."""
    from landloom.elevation.fetch import missing_gdal_tools

    # With `--sdm conda` the jobs find the tools in their environment.
    if not deploys_software() and missing_gdal_tools():
        sys.exit(f"\n{missing_gdal_tools()}\n")
