# What the rules of the dataset need from the configuration.

SPLITS = ["train", "test"]
CELLS = cfg.dataset.cells.names()
TEMPLATE = cfg.dataset.elevation.template
TILES = cfg.dataset.tiles if TEMPLATE else []
CELL_PATCHES = [f"{R}/landcover/cells/{cell}.npz" for cell in CELLS]


def cell_of(name):
    """Return a cell's bounds and whether they are closed to the east and the north."""
    cell = cfg.dataset.cells.cell(name)
    return [*cell.bounds, cell.closed_east, cell.closed_north]


def tile_source(wildcards):
    """Return the file of a tile, where there is one: none means sea."""
    path = TEMPLATE.path(wildcards.tile)
    return [path] if made_by_demo(path) or Path(path).exists() else []


def tile_files(tiles):
    """Return the uniform tiles of some names."""
    return [f"{R}/elevation/tiles/{tile}.tif" for tile in tiles]


def relief_source(wildcards):
    """Return the tiles that a cell's patches may touch, or the one raster."""
    if TEMPLATE:
        return tile_files(cfg.dataset.tiles_of(wildcards.cell))
    return file_input(cfg.dataset.elevation.source)


def opened_elevation(wildcards, input):
    """Return the one raster as the job is to open it; None where elevation comes in tiles."""
    if TEMPLATE:
        return None
    source = cfg.dataset.elevation.source
    return source if is_remote(source) else str(input.elevation)
