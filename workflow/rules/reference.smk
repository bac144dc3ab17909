# From the embedding and its reference labels to the samples.


checkpoint inspect_embedding:
    input:
        rasters=file_inputs(cfg.map.embedding.rasters),
    output:
        f"{R}/map/embedding.json",
    log:
        f"{R}/logs/inspect_embedding.log",
    benchmark:
        f"{R}/benchmarks/inspect_embedding.tsv"
    params:
        rasters=opened_all(cfg.map.embedding.rasters),
        encoding=cfg.map.embedding.encoding,
        nodata=cfg.map.embedding.nodata,
        tuning=TUNING,
        code=code_of("landloom.embedding", "landloom.tuning"),
    resources:
        mem_mb=1000,
        runtime=20,
    conda:
        "../../envs/landloom.yaml"
    message:
        "Looking at the embedding"
    script:
        "../scripts/inspect_embedding.py"


rule reference_points:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=file_inputs(cfg.map.reference.rasters),
        table=file_inputs([cfg.map.reference.table] if cfg.map.reference.table else []),
        classes=CLASSES_TABLE,
    output:
        f"{R}/map/points.parquet",
    log:
        f"{R}/logs/reference_points.log",
    benchmark:
        f"{R}/benchmarks/reference_points.tsv"
    params:
        rasters=opened_all(cfg.map.reference.rasters),
        **REFERENCE,
        code=code_of("landloom.reference"),
    resources:
        mem_mb=1000,
        runtime=120,
    conda:
        "../../envs/landloom.yaml"
    message:
        "Choosing labelled points"
    script:
        "../scripts/reference_points.py"


rule samples:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=file_inputs(cfg.map.embedding.rasters),
        points=rules.reference_points.output[0],
    output:
        f"{R}/map/samples.parquet",
    log:
        f"{R}/logs/samples.log",
    benchmark:
        f"{R}/benchmarks/samples.tsv"
    params:
        **cfg.map.samples.model_dump(),
        folds=cfg.map.tuning.folds,
        code=code_of("landloom.sampling"),
    resources:
        mem_mb=1000,
        runtime=60,
    conda:
        "../../envs/landloom.yaml"
    message:
        "Reading the embedding at the points"
    script:
        "../scripts/samples.py"
