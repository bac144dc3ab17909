# The demo world: synthetic rasters for trying everything out, made where a configuration asks.
from landloom.config.file_lookup import DEMO

DEMO_WORLD = {
    "bounds": list(cfg.demo.region.bounds),
    "seed": cfg.demo.seed,
    "missing_tiles": sorted(cfg.demo.missing_tiles),
}


rule demo_landcover:
    output:
        f"{DEMO}/landcover.tif",
    log:
        f"{DEMO}/logs/landcover.log",
    benchmark:
        f"{DEMO}/benchmarks/landcover.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(460),
        runtime=grown(20),
    params:
        **DEMO_WORLD,
        code=code_of("demo_landcover"),
    message:
        "Making the demo's land cover"
    script:
        "../scripts/demo_landcover.py"


rule demo_tile:
    output:
        f"{DEMO}/elevation/{{tile}}.tif",
    log:
        f"{DEMO}/logs/elevation/{{tile}}.log",
    benchmark:
        f"{DEMO}/benchmarks/elevation/{{tile}}.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(460),
        runtime=grown(20),
    params:
        **DEMO_WORLD,
        code=code_of("demo_tile"),
    message:
        "Making the demo's elevation tile {wildcards.tile}"
    script:
        "../scripts/demo_tile.py"


rule demo_map_inputs:
    output:
        embedding=f"{DEMO}/embedding.tif",
        worldcover=f"{DEMO}/worldcover.tif",
    log:
        f"{DEMO}/logs/map_inputs.log",
    benchmark:
        f"{DEMO}/benchmarks/map_inputs.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(460),
        runtime=grown(20),
    params:
        **DEMO_WORLD,
        code=code_of("demo_map_inputs"),
    message:
        "Making the demo's embedding and reference labels"
    script:
        "../scripts/demo_map_inputs.py"


# The same place some years later: only for those who map several years.
rule demo_later_embedding:
    output:
        f"{DEMO}/embedding_later.tif",
    log:
        f"{DEMO}/logs/later_embedding.log",
    benchmark:
        f"{DEMO}/benchmarks/later_embedding.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(460),
        runtime=grown(20),
    params:
        **DEMO_WORLD,
        code=code_of("demo_later_embedding"),
    message:
        "Making the demo's embedding of a later year"
    script:
        "../scripts/demo_later_embedding.py"
