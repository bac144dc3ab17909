# The configuration, the package, and the few functions that several rules need.
import re
import sys
from pathlib import Path

# Naming each module is what brings it along when the workflow is used from a repository.
for module in [
    "__init__",
    "certificate",
    "config",
    "dataset",
    "demo",
    "demo_cover",
    "demo_embedding",
    "demo_noise",
    "demo_world",
    "elevation",
    "errors",
    "files",
    "geopackage",
    "grid",
    "job",
    "landcover",
    "lattice",
    "legends",
    "patches",
    "provenance",
    "raster",
    "registration",
    "relief",
    "separation",
    "split",
]:
    found = Path(workflow.source_path(f"../scripts/landloom/{module}.py"))
sys.path.insert(0, str(found.parents[1]))

from landloom.config import is_remote, load_config
from landloom.errors import ConfigError
from landloom.provenance import code_of

OWN_CONFIG = "config/config.yaml"
SHIPPED_CONFIG = workflow.source_path("../../config/config.yaml")

# A file given on the command line replaces the demo's configuration. Were this one read first,
# Snakemake would merge the two, and the demo's sections would stay behind in a stranger's run.
if not workflow.overwrite_configfiles:

    configfile: OWN_CONFIG if Path(OWN_CONFIG).exists() else SHIPPED_CONFIG


DEMO = "resources/demo"
DEMO_FILES = {f"{DEMO}/{name}.tif" for name in ["landcover", "embedding", "worldcover"]}


def made_by_demo(path):
    """Tell whether a rule makes this file. The configuration is not checked yet at this point."""
    demo = config.get("demo")
    if not isinstance(demo, dict):
        return False
    tile = re.fullmatch(rf"{DEMO}/elevation/([NS]\d\d[EW]\d{{3}})\.tif", path)
    if tile:
        missing = demo.get("missing_tiles", [])
        return not (isinstance(missing, list) and tile[1] in missing)
    return path in DEMO_FILES


try:
    cfg = load_config(config, made_by_demo)
except ConfigError as error:
    sys.exit(f"\n{error}\n")

R = cfg.results
SPLITS = ["train", "test"]
CELLS = cfg.dataset.cells.names()
TEMPLATE = cfg.dataset.elevation.template
TILES = cfg.dataset.tiles if TEMPLATE else []
CELL_PATCHES = [f"{R}/landcover/cells/{cell}.npz" for cell in CELLS]


wildcard_constraints:
    cell=r"r\d+c\d+",
    tile=r"[NS]\d\d[EW]\d{3}",
    split="train|test",


def file_input(path):
    """Return a raster as an input, where it is a file that a job can depend on."""
    return [] if is_remote(path) else [path]


def opened(path):
    """Return a function for `params`: the raster's path as the job is to open it.

    It follows the input, whose path changes where the workflow is used as a module with a prefix.
    """
    return lambda wildcards, input: path if is_remote(path) else str(input.raster)


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
