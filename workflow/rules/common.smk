# The configuration, the package, and the few functions that several rules need.
import json
import re
import sys
from pathlib import Path

# Naming each module is what brings it along when the workflow is used from a repository.
for module in [
    "__init__",
    "accuracy",
    "certificate",
    "classes",
    "config",
    "coverage",
    "dataset",
    "demo",
    "demo_cover",
    "demo_embedding",
    "demo_noise",
    "demo_world",
    "elevation",
    "embedding",
    "encoding",
    "errors",
    "files",
    "forest",
    "geopackage",
    "grid",
    "job",
    "kernel",
    "landcover",
    "lattice",
    "legends",
    "mapping",
    "patches",
    "points",
    "provenance",
    "raster",
    "reference",
    "reference_table",
    "registration",
    "relief",
    "sampling",
    "separation",
    "split",
    "tuning",
    "vrt",
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


wildcard_constraints:
    cell=r"r\d+c\d+",
    tile=r"[NS]\d\d[EW]\d{3}",
    split="train|test",
    unit=r"[\w=,.]+",
    block=r"r\d+-c\d+",


def file_input(path):
    """Return a raster as an input, where it is a file that a job can depend on."""
    return [] if is_remote(path) else [path]


def file_inputs(paths):
    """Return those of some rasters that are files."""
    return [path for path in paths if not is_remote(path)]


def opened(path):
    """Return a function for `params`: the raster's path as the job is to open it.

    It follows the input, whose path changes where the workflow is used as a module with a prefix.
    """
    return lambda wildcards, input: path if is_remote(path) else str(input.raster)


def opened_all(paths):
    """Return the same for a list of rasters."""

    def in_order(wildcards, input):
        files = iter([input.rasters] if isinstance(input.rasters, str) else input.rasters)
        return [path if is_remote(path) else str(next(files)) for path in paths]

    return in_order
