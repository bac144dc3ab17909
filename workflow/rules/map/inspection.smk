# The embedding, looked at once.


rule inspect_embedding:
    input:
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
        windows=EMBEDDING_WINDOWS,
    output:
        results("map/embedding.json"),
        notes=notes_beside(results("map/embedding.json")),
    log:
        results("logs/inspect_embedding.log"),
    benchmark:
        results("benchmarks/inspect_embedding.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(350),
        runtime=grown(20),
    params:
        rasters=EMBEDDING_OPENED,
        encoding=cfg.map.embedding.encoding,
        nodata=cfg.map.embedding.nodata,
        region=REGION,
        code=code_of("inspect_embedding"),
    message:
        f"Looking at the embedding{OF_YEAR}"
    script:
        "../../scripts/inspect_embedding.py"
