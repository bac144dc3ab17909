# From the reference labels and the embedding to the samples.


rule reference_points:
    input:
        embedding=rules.inspect_embedding.output[0],
        embedding_rasters=EMBEDDING_RASTERS,
        embedding_behind=EMBEDDING_BEHIND,
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


# At all points, so that other samples may be chosen of them without a look at the embedding.
rule point_vectors:
    input:
        embedding=rules.inspect_embedding.output[0],
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
        points=rules.reference_points.output[0],
        years=[year_file(year, "map/embedding.json") for year in READ_YEARS],
        rasters_of_years=rasters_of_training,
        behind_years=BEHIND_TRAINING,
    output:
        results("map/vectors.parquet"),
        notes=notes_beside(results("map/vectors.parquet")),
    log:
        results("logs/point_vectors.log"),
    benchmark:
        results("benchmarks/point_vectors.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(560 + 0.006 * REFERENCE.n_points),
        runtime=grown(60),
    params:
        years=[MAIN_YEAR, *READ_YEARS] if MAIN_YEAR else [],
        train=TRAINING_YEARS,
        label_years=[source.year for source in REFERENCE.public],
        code=code_of("point_vectors"),
    message:
        "Reading the embedding at the points"
    script:
        "../../scripts/point_vectors.py"


rule samples:
    input:
        vectors=rules.point_vectors.output[0],
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
        mem_mb=memory(370 + 0.006 * REFERENCE.n_points),
        runtime=grown(20),
    params:
        **cfg.map.samples.model_dump(),
        code=code_of("samples"),
    message:
        "Choosing and splitting the samples"
    script:
        "../../scripts/samples.py"


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule check_folds:
    input:
        samples=rules.samples.output[0],
    output:
        results("map/tuning/folds_checked.json"),
        notes=notes_beside(results("map/tuning/folds_checked.json")),
    log:
        results("logs/check_folds.log"),
    benchmark:
        results("benchmarks/check_folds.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(320),
        runtime=grown(10),
    params:
        folds=STRATIFIED_FOLDS,
        folds_key=FOLDS_KEY,
        code=code_of("check_folds"),
    message:
        "Checking the tuning's folds against the samples"
    script:
        "../../scripts/check_folds.py"
