# A finished model that maps another embedding: checked before it is trusted, then as one made here.


rule import_model:
    input:
        model=own(MODEL[0]),
        embedding=rules.inspect_embedding.output[0],
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
    output:
        classifier=FLAT,
        classes=results("map/classes.json"),
        about=results("map/imported.json"),
        samples=[results("map/applicability/samples.npz")] if cfg.map.applicability else [],
        notes=notes_beside(results("map/classes.json")),
    log:
        results("logs/import_model.log"),
    benchmark:
        results("benchmarks/import_model.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=model_memory,
        runtime=grown(20),
    params:
        name=lambda wildcards: MODEL[0],  # as the configuration has it
        code=code_of("import_model"),
    message:
        "Looking whether the model suits the embedding"
    script:
        "../../scripts/import_model.py"


LEARNED = rules.import_model.output
LEARNING_FIGURES, CROSSVAL_FILES = [], []
