# Everything that a configuration asks for, and all rules that make it.
import atexit
import gc

from snakemake.utils import min_version

min_version("9.27")

# What is planned stays until the end. By default Python looks through it for garbage after each 700
# objects, and once more as it ends: a fifth of planning's CPU time.
gc.set_threshold(100_000)
atexit.register(gc.freeze)


include: "package.smk"
include: "snakemake_internals.smk"
include: "run/stopping.smk"
include: "config.smk"
include: "run/software.smk"
include: "resources.smk"
include: "run/own_files.smk"
include: "run/sources.smk"


if cfg.demo:

    include: "demo.smk"


if cfg.downloads:

    include: "run/downloads.smk"


if cfg.dataset:

    include: "dataset/inputs.smk"
    include: "dataset/landcover.smk"
    include: "dataset/elevation.smk"
    include: "dataset/stack.smk"
    include: "dataset/figures.smk"
    include: "dataset/exports.smk"


if cfg.map:

    include: "map/inputs.smk"
    include: "map/tables.smk"
    include: "map/years.smk"

    if NAMED_EMBEDDING:

        include: "map/embedding.smk"
    include: "map/inspection.smk"

    if MODEL:

        include: "map/imported.smk"

    else:

        include: "map/samples.smk"

        if "forest" in KINDS:

            include: "map/tuning.smk"
        include: "map/model.smk"
        include: "map/exports.smk"
        include: "map/crossval.smk"
    include: "map/predict.smk"
    include: "map/generalised.smk"
    include: "map/validation.smk"
    include: "map/applicability.smk"
    include: "map/calibration.smk"
    include: "map/year_areas.smk"
    include: "map/items.smk"

    if MODEL:

        include: "map/imported_report.smk"

    else:

        include: "map/report.smk"
        include: "map/learning_figures.smk"
    include: "map/figures.smk"


include: "run/figures.smk"
include: "run/notes.smk"
include: "run/report.smk"
include: "run/index.smk"
include: "run/repair.smk"
include: "run/network.smk"
include: "run/sizes.smk"
include: "run/summary.smk"
include: "run/plan.smk"
include: "run/targets.smk"


EVERYTHING = [
    TABLES,
    rules.notes.output,
    rules.dataset.input if cfg.dataset else [],
    rules.map.input if cfg.map else [],
    rules.figures.input,
    rules.index.output,
]

if is_main_process():
    keep_parsed_code()
elif not is_module():
    plan_own_jobs_only()
