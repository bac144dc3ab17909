# Landloom: leak-free land-cover patches, and land-cover maps from embeddings.
from snakemake.utils import min_version

min_version("9.10")


include: "workflow/rules/common.smk"


if cfg.demo:

    include: "workflow/rules/demo.smk"


if cfg.dataset:

    include: "workflow/rules/dataset_inputs.smk"
    include: "workflow/rules/landcover.smk"
    include: "workflow/rules/elevation.smk"
    include: "workflow/rules/dataset.smk"


if cfg.map:

    include: "workflow/rules/map_inputs.smk"
    include: "workflow/rules/reference.smk"
    include: "workflow/rules/tuning.smk"
    include: "workflow/rules/mapping.smk"


rule all:
    default_target: True
    input:
        rules.dataset.input if cfg.dataset else [],
        rules.map.input if cfg.map else [],
