# From the forest to the map, block by block.
#
# Rules with long lists of inputs name other files by their paths: to find the rule behind a file,
# Snakemake hashes the whole list once for every file in it.


rule compile_kernel:
    output:
        results("map/kernel/compiled.json"),
    log:
        results("logs/compile_kernel.log"),
    benchmark:
        results("benchmarks/compile_kernel.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(360),
        runtime=grown(10),
    params:
        code=code_of("compile_kernel"),
    message:
        "Compiling the prediction, once for all blocks"
    script:
        "../../scripts/compile_kernel.py"


rule predict_block:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=EMBEDDING_RASTERS,
        forest=rules.model.output.flat,
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
        runtime=grown(60),
    params:
        block=cfg.map.predict.block,
        shares=SHARES,
        code=code_of("predict_block"),
    message:
        "Predicting block {wildcards.block}"
    script:
        "../../scripts/predict_block.py"


rule landcover_map:
    input:
        embedding=results("map/embedding.json"),
        samples=results("map/samples.parquet"),
        blocks=block_files,
    output:
        results("map/landcover.tif"),
        results("map/landcover.tif.aux.xml"),
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
        block=cfg.map.predict.block,
        layer="classes",
        code=code_of("join_blocks"),
    message:
        "Joining the blocks to the map"
    script:
        "../../scripts/join_blocks.py"


rule confidence_map:
    input:
        embedding=results("map/embedding.json"),
        samples=results("map/samples.parquet"),
        blocks=block_files,
    output:
        results("map/confidence.tif"),
    log:
        results("logs/confidence_map.log"),
    benchmark:
        results("benchmarks/confidence_map.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(370),
        runtime=grown(120),
    params:
        block=cfg.map.predict.block,
        layer="confidence",
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
        block=cfg.map.predict.block,
        layer="probabilities",
        code=code_of("join_blocks"),
    message:
        "Joining the blocks to the maps of each class's share"
