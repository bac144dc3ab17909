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
    "demo_embedding",
    "demo_noise",
    "demo_world",
    "elevation",
    "errors",
    "files",
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


def made_by_demo(path):
    """Tell whether a rule makes this file."""
    demo = config.get("demo") or {}
    tile = re.fullmatch(rf"{DEMO}/elevation/([NS]\d\d[EW]\d{{3}})\.tif", path)
    if tile:
        return tile[1] not in demo.get("missing_tiles", [])
    return bool(demo) and path == f"{DEMO}/landcover.tif"


try:
    cfg = load_config(config, made_by_demo)
except ConfigError as error:
    sys.exit(f"\n{error}\n")

R = cfg.results
SPLITS = ["train", "test"]
CELLS = cfg.dataset.cells.names()
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
