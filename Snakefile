# Landloom: leak-free land-cover patches, and land-cover maps from embeddings.
include: "workflow/rules/landloom.smk"


rule all:
    default_target: True
    input:
        EVERYTHING,
