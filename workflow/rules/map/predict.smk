# From the model to the map, block by block.
#
# Rules with long lists of inputs name other files by their paths: to find the rule behind a file,
# Snakemake hashes the whole list once for every file in it.


rule compile_kernel:
    input:
        model=results("map/imported.json") if MODEL else [],
    output:
        results("map/kernel/compiled.json"),
    log:
        results("logs/compile_kernel.log"),
    benchmark:
        results("benchmarks/compile_kernel.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(340),
        runtime=grown(10),
    params:
        kind=KIND,
        code=code_of("compile_kernel"),
    message:
        "Compiling the prediction, once for all blocks"
    script:
        "../../scripts/compile_kernel.py"


checkpoint plan_map:
    input:
        embedding=rules.inspect_embedding.output[0],
    output:
        results("map/plan.json"),
        notes=notes_beside(results("map/plan.json")),
    log:
        results("logs/plan_map.log"),
    benchmark:
        results("benchmarks/plan_map.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(200),
        runtime=grown(20),
    params:
        crs=cfg.map.predict.crs,
        block=cfg.map.predict.block,
        sheet=cfg.map.predict.sheet,
        # Where sheets are left out, another kind is no reason to plan again.
        kinds=KINDS_OF_BLOCKS if cfg.map.predict.sheet else KINDS_OF_BLOCKS[:1],
        region=REGION,
        code=code_of("plan_map"),
    message:
        "Planning the map"
    script:
        "../../scripts/plan_map.py"


rule predict_block:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=EMBEDDING_RASTERS,
        behind=few_for("embedding", EMBEDDING_BEHIND),
        classifier=FLAT,
        kernel=rules.compile_kernel.output[0],
    output:
        results("map/blocks/{block}.tif"),
    log:
        results("logs/predict_block/{block}.log"),
    benchmark:
        results("benchmarks/predict_block/{block}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=block_memory,
        runtime=minutes_of_block(60),
    params:
        block=cfg.map.predict.block,
        layers=cfg.map.predicted,
        code=code_of("predict_block"),
    message:
        f"Predicting block {{wildcards.block}}{OF_YEAR}"
    script:
        "../../scripts/predict_block.py"


rule mosaic_block:
    input:
        embedding=results("map/embedding.json"),
        plan=results("map/plan.json"),
        blocks=blocks_below,
    output:
        results("map/mosaic/{block}.tif"),
    log:
        results("logs/mosaic_block/{block}.log"),
    benchmark:
        results("benchmarks/mosaic_block/{block}.tsv")
    wildcard_constraints:
        block=r"r\d+-c\d+(x\d+)?",
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory_by_pixels(300, 4e-5),
        runtime=minutes_of_block(30),
    params:
        code=code_of("mosaic_block"),
    message:
        "Putting block {wildcards.block} together from its zones"
    script:
        "../../scripts/mosaic_block.py"


rule landcover_map:
    input:
        embedding=results("map/embedding.json"),
        plan=results("map/plan.json"),
        classes=results("map/classes.json"),
        blocks=blocks_of_map,
    output:
        results("map/landcover.tif"),
        results("map/landcover.tif.aux.xml"),
        results("map/landcover.qml"),
    log:
        results("logs/landcover_map.log"),
    benchmark:
        results("benchmarks/landcover_map.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(370),
        runtime=grown(120),
    params:
        layer="classes",
        block=cfg.map.predict.block,
        code=code_of("join_blocks"),
    message:
        f"Joining the blocks to the map{OF_YEAR}"
    script:
        "../../scripts/join_blocks.py"


rule confidence_map:
    input:
        embedding=results("map/embedding.json"),
        plan=results("map/plan.json"),
        classes=results("map/classes.json"),
        model=results("map/imported.json") if MODEL else [],
        blocks=blocks_of_map,
    output:
        results("map/confidence.tif"),
        results("map/confidence.qml"),
    log:
        results("logs/confidence_map.log"),
    benchmark:
        results("benchmarks/confidence_map.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(350),
        runtime=grown(120),
    params:
        layer="confidence",
        kind=KIND,
        block=cfg.map.predict.block,
        code=code_of("join_blocks"),
    message:
        "Joining the blocks to the map of confidence"
    script:
        "../../scripts/join_blocks.py"


use rule confidence_map as probability_map with:
    output:
        results("map/probabilities.tif"),
    log:
        results("logs/probability_map.log"),
    benchmark:
        results("benchmarks/probability_map.tsv")
    params:
        layer="probabilities",
        block=cfg.map.predict.block,
        code=code_of("join_blocks"),
    message:
        "Joining the blocks to the maps of each class's share"


use rule landcover_map as zone_landcover with:
    input:
        embedding=results("map/embedding.json"),
        classes=results("map/classes.json"),
        blocks=blocks_of_zone,
    output:
        results("map/zones/{zone}/landcover.tif"),
        results("map/zones/{zone}/landcover.tif.aux.xml"),
        results("map/zones/{zone}/landcover.qml"),
    log:
        results("logs/zone_landcover/{zone}.log"),
    benchmark:
        results("benchmarks/zone_landcover/{zone}.tsv")
    message:
        "Joining the blocks of zone {wildcards.zone}"


use rule confidence_map as zone_confidence with:
    input:
        embedding=results("map/embedding.json"),
        classes=results("map/classes.json"),
        model=results("map/imported.json") if MODEL else [],
        blocks=blocks_of_zone,
    output:
        results("map/zones/{zone}/confidence.tif"),
        results("map/zones/{zone}/confidence.qml"),
    log:
        results("logs/zone_confidence/{zone}.log"),
    benchmark:
        results("benchmarks/zone_confidence/{zone}.tsv")
    message:
        "Joining the blocks of zone {wildcards.zone} to its confidence"


use rule probability_map as zone_probabilities with:
    input:
        embedding=results("map/embedding.json"),
        classes=results("map/classes.json"),
        blocks=blocks_of_zone,
    output:
        results("map/zones/{zone}/probabilities.tif"),
    log:
        results("logs/zone_probabilities/{zone}.log"),
    benchmark:
        results("benchmarks/zone_probabilities/{zone}.tsv")
    message:
        "Joining the blocks of zone {wildcards.zone} to the maps of each class's share"
