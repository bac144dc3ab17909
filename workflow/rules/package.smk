# The package: brought along wherever the workflow is used from, and put on the path.
import os
import sys
from pathlib import Path

try:
    init = Path(workflow.source_path("../scripts/landloom/__init__.py"))
    IS_INSTALLED = False
except FileNotFoundError:  # where pip has installed it, the workflow lies within the package
    init = Path(workflow.current_basedir).absolute().parents[2] / "__init__.py"
    IS_INSTALLED = True
if init.suffix != ".py":  # Snakemake keeps the file of a local repository as `__init__.py@ref`
    sys.exit(
        "\nlandloom: Python cannot import what comes through gitfile() or git+file; name the path "
        "of the clone's Snakefile, or use github() or gitlab()\n"
    )
PACKAGE = init.parent

# Naming each file is what brings it along when the workflow is used from a repository.
MODULES = {
    ".": "addresses arrays copies errors",
    "audit": "__init__ arguments audit beside candidates chips distances footprints ground listing"
    " pixels reading report request sets sharing squares",
    "command": "__init__ amounts audit check completion dry_run engine first_look given init"
    " launcher main parsing questions region report run sources_told template",
    "config": "__init__ allocation applicability calibration checks class_rasters crossval dataset"
    " demo elevation embedding figures file_lookup generalise key_tables landcover map"
    " messages model model_file paths plan_size publication region resolved schema"
    " strict_yaml tuning validate validation whole years",
    "dataset": "__init__ autocorrelation cell_coverage cells landcover landcover_tiles lattice"
    " likeness patches region_check relief split stack stack_view variogram",
    "dataset/proof": "__init__ agreement certificate content counts edges elevation findings footprints"
    " known promises registration separation shares split_files values windows",
    "dataset/publish": "__init__ about archives chips croissant datasheet index samples shards zarr_archive",
    "demo": "__init__ cover embedding noise rasters world",
    "elevation": "__init__ fetch mosaic products rasters store tiles",
    "figures": "__init__ accuracy agreement dataset elevation map neighbourhood page page_script"
    " patches reliability shading style tables terrain view years",
    "job": "__init__ attempts ending files folders gdal geopackage integrity kept lacks"
    " last_word local_files notes private_folder runner terminal versions whole",
    "legend": "__init__ class_file classes csv_table decimals known_names legends qgis text values",
    "map": "__init__ blocks conflicts embedding embedding_header embedding_reader encoding"
    " encoding_check ground item join kernel_cache label_check label_table label_values"
    " left_out locating map_crs map_grid mosaic orientation percents piecewise pixel_keys"
    " plan points polygons prediction reference_raster reference_table region_share"
    " row_checks sample_table samples shares sheets table_files table_numbers tile_check"
    " vector_file vectors zone_check zone_coverage zones",
    "map/applicability": "__init__ area blocks kernel report samples search",
    "map/calibration": "__init__ blocks evidence fitting layers reliability report sets tables",
    "map/classifiers": "__init__ comparison flat_file kinds knn knn_kernel logistic logistic_kernel"
    " prediction spread tuning votes_kernel words",
    "map/crossval": "__init__ distances evaluation folds knndm places schemes votes",
    "map/forest": "__init__ accuracy baselines compiled forest grid_check kernel limited_trees"
    " parameters ranking score_store scores scoring tuning_units vector_code"
    " vector_instructions vector_kernel vector_roots vectors",
    "map/generalised": "__init__ majority patches polygons raster",
    "map/model": "__init__ archive card comparison exports fit imported item model parts trees",
    "map/named": "__init__ alphaearth alphaearth_index datasets tessera tessera_fetch tessera_store"
    " tessera_zone window_checks window_fetch window_file windows",
    "map/report": "__init__ estimates imported text",
    "map/validation": "__init__ areas drawing estimators given intervals labels map_values points report"
    " strata",
    "map/years": "__init__ areas choosing places reading words",
    "pages": "__init__ contents index look prose",
    "raster": "__init__ behind bounds coordinates coverage degree_tiles network_words numbers"
    " opening pixel_grid placing remote stac tiles_on_grid vrt",
    "run": "__init__ caches code_digest cutoff durations hosts lacking moments outlook"
    " parameters parsed_code planned progress rule_times sizes software stopping stored"
    " summary targets",
    "sources": "__init__ asking attribution bounds bucket catalogue checking choosing copies"
    " coverage_service download failures own_files part patience probe ranges trying"
    " verification",
}
BROUGHT_ALONG = [
    *(f"{folder}/{module}.py" for folder, names in MODULES.items() for module in names.split()),
    *(f"sources/{table}.csv" for table in ("catalogue", "addresses")),
]
for file in [] if IS_INSTALLED else BROUGHT_ALONG:
    workflow.source_path(Path("../scripts/landloom", file).as_posix())

if not IS_INSTALLED:
    sys.path.insert(0, str(PACKAGE.parent))
elif str(PACKAGE.parent) not in sys.path:  # where much else lies, which is not to come first
    sys.path.append(str(PACKAGE.parent))

from landloom.job.gdal import set_gdal_options
from landloom.run.caches import caches
from landloom.run.code_digest import (
    code_of_modules,
    code_of_script,
    keep_parsed_code,
    other_version,
)

# Jobs look for packages where they are installed, and then where this process does.
if shadow := other_version(PACKAGE, [path for path in sys.path if path != str(PACKAGE.parent)]):
    sys.exit(
        f"\nlandloom: another version of its package is found first, in {shadow}; uninstall it "
        "(pip uninstall landloom), or give all modules of one workflow the same version\n"
    )

# Jobs inherit it. They set it themselves, too, but rasterio chooses whose certificates it trusts
# as soon as it is imported.
set_gdal_options()
os.environ.update(caches(os.environ))


def code_of(script):
    """Return a digest of a script and of the package's code that it runs, for `params`.

    Snakemake sees that the script is newer, edited or not, and no edit of a module that it imports.
    """
    return code_of_script(workflow.source_path(f"../scripts/{script}.py"), SOFTWARE)
