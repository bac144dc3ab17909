# The configuration, the package, and the few functions that several rules need.
import json
import math
import re
import sys
from pathlib import Path

# Naming each module is what brings it along when the workflow is used from a repository.
for module in [
    "__init__",
    "accuracy",
    "catalogue",
    "certificate",
    "classes",
    "config",
    "config_text",
    "coverage",
    "dataset",
    "dataset_figures",
    "demo",
    "demo_cover",
    "demo_embedding",
    "demo_noise",
    "demo_world",
    "download",
    "elevation",
    "elevation_figure",
    "elevation_source",
    "embedding",
    "encoding",
    "errors",
    "figure_accuracy",
    "figure_map",
    "figure_style",
    "files",
    "forest",
    "geopackage",
    "grid",
    "job",
    "kernel",
    "landcover",
    "landcover_tiles",
    "lattice",
    "legends",
    "map_page",
    "map_raster",
    "mapping",
    "mapview",
    "neighbourhood",
    "patch_figures",
    "patches",
    "places",
    "points",
    "progress",
    "provenance",
    "raster",
    "reference",
    "reference_table",
    "registration",
    "relief",
    "remote",
    "report_pages",
    "sampling",
    "score_store",
    "separation",
    "shading",
    "sources",
    "split",
    "stack_view",
    "summary",
    "terrain",
    "tile_store",
    "tuning",
    "units",
    "verification",
    "vrt",
]:
    found = Path(workflow.source_path(f"../scripts/landloom/{module}.py"))
workflow.source_path("../scripts/landloom/catalogue.csv")
if found.suffix != ".py":  # Snakemake keeps the file of a local repository as `vrt.py@ref`
    sys.exit(
        "\nlandloom: Python cannot import what comes through gitfile() or git+file; name the path "
        "of the clone's Snakefile, or use github() or gitlab()\n"
    )
PACKAGE = found.parent
sys.path.insert(0, str(PACKAGE.parent))

from landloom.catalogue import is_local
from landloom.config import load_config
from landloom.errors import ConfigError
from landloom.places import Places
from landloom.provenance import code_of, other_version
from landloom.remote import set_gdal_options

# Jobs look for packages where they are installed, and then where this process does.
if shadow := other_version(PACKAGE, [path for path in sys.path if path != str(PACKAGE.parent)]):
    sys.exit(
        f"\nlandloom: another version of its package is found first, in {shadow}; uninstall it "
        "(pip uninstall landloom), or give all modules of one workflow the same version\n"
    )

# Jobs inherit it. They set it themselves, too, but rasterio chooses whose certificates it trusts
# as soon as it is imported.
set_gdal_options()

OWN_CONFIG = "config/config.yaml"
SHIPPED_CONFIG = workflow.source_path("../../config/config.yaml")

# A file given on the command line replaces the demo's configuration. Were this one read first,
# Snakemake would merge the two, and the demo's sections would stay behind in a stranger's run.
if not workflow.overwrite_configfiles:

    configfile: OWN_CONFIG if Path(OWN_CONFIG).exists() else SHIPPED_CONFIG


DEMO = "resources/demo"
DEMO_FILES = {f"{DEMO}/{name}.tif" for name in ["landcover", "embedding", "worldcover"]}


def made_by_a_rule(path):
    """Tell whether a rule makes this file. The configuration is not checked yet at this point."""
    downloads = config.get("downloads")
    if isinstance(downloads, dict) and path in downloads:
        return True
    demo = config.get("demo")
    if not isinstance(demo, dict):
        return False
    tile = re.fullmatch(rf"{DEMO}/elevation/([NS]\d\d[EW]\d{{3}})\.tif", path)
    if tile:
        missing = demo.get("missing_tiles", [])
        return not (isinstance(missing, list) and tile[1] in missing)
    return path in DEMO_FILES


PLACES = Places(
    made_by_a_rule,
    moved=workflow.modifier.path_modifier.replace_prefix,
    alone=workflow.modifier.is_main_snakefile(),
)

try:
    cfg = load_config(config, PLACES)
except ConfigError as error:
    sys.exit(f"\n{error}\n")

R = cfg.results

# What has to hold before the first job of a run starts; each ends the run with a message of its own.
CHECKS_AT_START = []

# The pictures of each product; the rules that make them fill these in.
DATASET_FIGURES = []
MAP_FIGURES = []


wildcard_constraints:
    tile=r"[NS]\d\d[EW]\d{3}",
    split="train|test",
    unit=r"[\w=.+-]+",
    block=r"r\d+-c\d+",


def file_input(path):
    """Return a raster as an input, where it is a file that a job can depend on."""
    return [path] if is_local(path) else []


def file_inputs(paths):
    """Return those of some rasters that are files."""
    return [path for path in paths if is_local(path)]


def opened(path):
    """Return a function for `params`: the raster's path as the job is to open it.

    It follows the input, whose path changes where the workflow is used as a module with a prefix.
    """
    return lambda wildcards, input: str(input.raster) if is_local(path) else path


def opened_all(paths):
    """Return the same for a list of rasters."""

    def in_order(wildcards, input):
        files = iter([input.rasters] if isinstance(input.rasters, str) else input.rasters)
        return [str(next(files)) if is_local(path) else path for path in paths]

    return in_order


def pause_before(wildcards, attempt):
    """Return the seconds to wait before a download is tried: none, then more each time."""
    return [0, 10, 40, 160][min(attempt, 4) - 1]


def grown(amount):
    """Return a resource that grows with each attempt, for what ended a job may be its want of it."""
    return lambda wildcards, attempt: math.ceil(attempt * amount)


def memory(amount):
    """Return the same of megabytes; each job of a cluster takes a Snakemake along, which runs it."""
    return lambda wildcards, attempt: math.ceil(attempt * (amount + megabytes_of_snakemake()))


def megabytes_of_snakemake():
    """Return what has to be asked for besides a job's own memory."""
    return 0 if workflow.local_exec else 200
