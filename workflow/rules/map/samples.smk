# From the reference labels and the embedding to the samples.


rule reference_points:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=file_inputs(REFERENCE_RASTERS),
        behind=[*REFERENCE_BEHIND, *TABLE_BEHIND],
        table=REFERENCE_TABLE,
        classes=CLASSES_TABLE,
    output:
        points=results("map/points.parquet"),
        conflicts=results("map/conflicts.csv"),
        rasters=results("map/reference.json"),
        served=results("map/served.json"),
        windows=directory(results("map/windows")),
        notes=notes_beside(results("map/reference.json")),
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
        band=REFERENCE.band,
        n_points=REFERENCE.n_points,
        per_class_min=cfg.map.points_per_class,
        allocation=REFERENCE.allocation,
        seed=REFERENCE.seed,
        conflicts=REFERENCE.conflicts,
        columns=TABLE_COLUMNS,
        rasters=opened_all(REFERENCE_RASTERS),
        # Others: the choice is made anew. Their fields are no wildcards.
        addresses=lambda wildcards: REFERENCE.addresses,
        legend=LEGEND_ROWS,
        palette=REFERENCE.palette,
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
        samples=results("map/samples.parquet"),
        classes=results("map/classes.json"),
        notes=notes_beside(results("map/classes.json")),
    log:
        results("logs/samples.log"),
    benchmark:
        results("benchmarks/samples.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(560 + 0.006 * REFERENCE.n_points),
        runtime=grown(60),
    params:
        **cfg.map.samples.model_dump(),
        folds=STRATIFIED_FOLDS,
        folds_key=FOLDS_KEY,
        years=[MAIN_YEAR, *READ_YEARS] if MAIN_YEAR else [],
        train=TRAINING_YEARS,
        label_years=[source.year for source in REFERENCE.public],
        code=code_of("samples"),
    message:
        "Reading the embedding at the points"
    script:
        "../../scripts/samples.py"
