# From the embedding and its reference labels to the samples.


rule inspect_embedding:
    input:
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
        windows=EMBEDDING_WINDOWS,
    output:
        results("map/embedding.json"),
    log:
        results("logs/inspect_embedding.log"),
    benchmark:
        results("benchmarks/inspect_embedding.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(380),
        runtime=grown(20),
    params:
        rasters=EMBEDDING_OPENED,
        encoding=cfg.map.embedding.encoding,
        nodata=cfg.map.embedding.nodata,
        region=REGION,
        code=code_of("inspect_embedding"),
    message:
        "Looking at the embedding"
    script:
        "../../scripts/inspect_embedding.py"


rule reference_points:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=file_inputs(cfg.map.reference.rasters),
        behind=[*REFERENCE_BEHIND, *TABLE_BEHIND],
        table=REFERENCE_TABLE,
        classes=CLASSES_TABLE,
    output:
        points=results("map/points.parquet"),
        conflicts=results("map/conflicts.csv"),
        rasters=results("map/reference.json"),
        served=results("map/served.json"),
        windows=directory(results("map/windows")),
    log:
        results("logs/reference_points.log"),
    benchmark:
        results("benchmarks/reference_points.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(600),
        runtime=grown(120),
    params:
        band=cfg.map.reference.band,
        n_points=cfg.map.reference.n_points,
        per_class_min=cfg.map.points_per_class,
        allocation=cfg.map.reference.allocation,
        seed=cfg.map.reference.seed,
        conflicts=cfg.map.reference.conflicts,
        columns=TABLE_COLUMNS,
        rasters=opened_all(cfg.map.reference.rasters),
        # Others: the choice is made anew. Their fields are no wildcards.
        addresses=lambda wildcards: cfg.map.reference.addresses,
        legend=LEGEND_ROWS,
        palette=cfg.map.reference.palette,
        code=code_of("reference_points"),
    message:
        "Choosing labelled points"
    script:
        "../../scripts/reference_points.py"


rule samples:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
        points=rules.reference_points.output[0],
        years=[year_file(year, "map/embedding.json") for year in READ_YEARS],
        rasters_of_years=rasters_of_training,
        behind_years=BEHIND_TRAINING,
    output:
        results("map/samples.parquet"),
    log:
        results("logs/samples.log"),
    benchmark:
        results("benchmarks/samples.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(560 + 0.006 * cfg.map.reference.n_points),
        runtime=grown(60),
    params:
        **cfg.map.samples.model_dump(),
        folds=STRATIFIED_FOLDS,
        folds_key=FOLDS_KEY,
        years=[MAIN_YEAR, *READ_YEARS] if MAIN_YEAR else [],
        train=TRAINING_YEARS,
        code=code_of("samples"),
    message:
        "Reading the embedding at the points"
    script:
        "../../scripts/samples.py"
