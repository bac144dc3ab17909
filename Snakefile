# Landloom: leak-free land-cover patches, and land-cover maps from embeddings.
from snakemake.utils import min_version

min_version("9.10")


include: "workflow/rules/common.smk"


if cfg.demo:

    include: "workflow/rules/demo.smk"


include: "workflow/rules/landcover.smk"
include: "workflow/rules/elevation.smk"
include: "workflow/rules/dataset.smk"


rule all:
    default_target: True
    input:
        rules.dataset.input,
