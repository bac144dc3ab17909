# Everything that a configuration asks for, and all rules that make it.
from snakemake.utils import min_version

min_version("9.10")


include: "common.smk"
include: "sources.smk"


if cfg.demo:

    include: "demo.smk"


if cfg.downloads:

    include: "downloads.smk"


if cfg.dataset:

    include: "dataset_inputs.smk"
    include: "landcover.smk"
    include: "elevation.smk"
    include: "dataset.smk"
    include: "figures_dataset.smk"


if cfg.map:

    include: "map_inputs.smk"
    include: "reference.smk"
    include: "tuning.smk"
    include: "mapping.smk"
    include: "figures_map.smk"


include: "figures.smk"
include: "report.smk"
include: "summary.smk"


EVERYTHING = [
    REPORT_PAGES,
    rules.dataset.input if cfg.dataset else [],
    rules.map.input if cfg.map else [],
    rules.figures.input,
]
