# Landloom: leak-free land-cover patches, and land-cover maps from embeddings.
from snakemake.utils import min_version

min_version("9.10")


include: "workflow/rules/common.smk"
include: "workflow/rules/sources.smk"


if cfg.demo:

    include: "workflow/rules/demo.smk"


if cfg.downloads:

    include: "workflow/rules/downloads.smk"


if cfg.dataset:

    include: "workflow/rules/dataset_inputs.smk"
    include: "workflow/rules/landcover.smk"
    include: "workflow/rules/elevation.smk"
    include: "workflow/rules/dataset.smk"
    include: "workflow/rules/figures_dataset.smk"


if cfg.map:

    include: "workflow/rules/map_inputs.smk"
    include: "workflow/rules/reference.smk"
    include: "workflow/rules/tuning.smk"
    include: "workflow/rules/mapping.smk"
    include: "workflow/rules/figures_map.smk"


include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/summary.smk"


rule all:
    default_target: True
    input:
        REPORT_PAGES,
        rules.dataset.input if cfg.dataset else [],
        rules.map.input if cfg.map else [],
        rules.figures.input,
