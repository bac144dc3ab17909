# Everything that a configuration asks for, and all rules that make it.
from snakemake.utils import min_version

min_version("9.10")


include: "package.smk"
include: "snakemake_internals.smk"
include: "run/stopping.smk"
include: "config.smk"
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


if cfg.map:

    include: "map/inputs.smk"
    include: "map/tables.smk"

    if NAMED_EMBEDDING:

        include: "map/embedding.smk"
    include: "map/samples.smk"

    if "forest" in KINDS:

        include: "map/tuning.smk"
    include: "map/model.smk"
    include: "map/predict.smk"
    include: "map/generalised.smk"
    include: "map/exports.smk"
    include: "map/crossval.smk"
    include: "map/validation.smk"
    include: "map/applicability.smk"
    include: "map/calibration.smk"
    include: "map/report.smk"
    include: "map/figures.smk"


include: "run/figures.smk"
include: "run/report.smk"
include: "run/repair.smk"
include: "run/network.smk"
include: "run/summary.smk"


EVERYTHING = [
    TABLES,
    rules.dataset.input if cfg.dataset else [],
    rules.map.input if cfg.map else [],
    rules.figures.input,
]
