# Folds, the votes for samples out of their folds, and what these tell of the classifier.
CROSSVAL = cfg.map.folds
CROSSVAL_FILES = [
    results(f"map/crossval/{scheme}.json")
    for scheme in (cfg.map.crossval.schemes if cfg.map.crossval else [])
]


wildcard_constraints:
    scheme="random|knndm|blocks|group",
    fold=r"\d+",


rule crossval_places:
    input:
        embedding=rules.inspect_embedding.output[0],
        plan=results("map/plan.json"),
        rasters=EMBEDDING_RASTERS,
        behind=EMBEDDING_BEHIND,
    output:
        results("map/crossval/places.json"),
    log:
        results("logs/crossval_places.log"),
    benchmark:
        results("benchmarks/crossval_places.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(560),
        runtime=grown(30),
    params:
        n=1000,
        seed=CROSSVAL.seed,
        code=code_of("crossval_places"),
    message:
        "Drawing places of the map, to compare distances"
    script:
        "../../scripts/crossval_places.py"


rule crossval_folds:
    input:
        samples=rules.samples.output[0],
        places=lambda wildcards: places_of(wildcards.scheme),
    output:
        results("map/crossval/{scheme}/folds.json"),
        notes=notes_beside(results("map/crossval/{scheme}/folds.json")),
    log:
        results("logs/crossval_folds/{scheme}.log"),
    benchmark:
        results("benchmarks/crossval_folds/{scheme}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(FOLDS_MEMORY),
        runtime=grown(60),
    params:
        cut=lambda wildcards: cut_of(wildcards.scheme),
        split=None,
        code=code_of("crossval_folds"),
    message:
        "Cutting samples into folds: {wildcards.scheme}"
    script:
        "../../scripts/crossval_folds.py"


if TUNING_SCHEME:

    use rule crossval_folds as tuning_folds with:
        input:
            samples=rules.samples.output[0],
            places=places_of(TUNING_SCHEME),
        output:
            results("map/tuning/folds.json"),
            notes=notes_beside(results("map/tuning/folds.json")),
        log:
            results("logs/tuning_folds.log"),
        benchmark:
            results("benchmarks/tuning_folds.tsv")
        params:
            cut=cut_of(TUNING_SCHEME),
            split="train",
            code=code_of("crossval_folds"),
        message:
            "Cutting the training samples into folds"


rule crossval_fold:
    input:
        samples=rules.samples.output[0],
        best=BEST[KIND],
        folds=rules.crossval_folds.output[0],
    output:
        results("map/crossval/{scheme}/fold-{fold}.npz"),
    log:
        results("logs/crossval_fold/{scheme}-{fold}.log"),
    benchmark:
        results("benchmarks/crossval_fold/{scheme}-{fold}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    threads: 4
    resources:
        mem_mb=memory(FIT_MEMORY[KIND]),
        runtime=grown(60),
    params:
        seed=cfg.map.tuning.seed,
        code=code_of("crossval_fold"),
    message:
        "Voting on what was left out: {wildcards.scheme}, fold {wildcards.fold}"
    script:
        "../../scripts/crossval_fold.py"


rule crossval:
    input:
        samples=rules.samples.output[0],
        best=BEST[KIND],
        folds=rules.crossval_folds.output[0],
        votes=[results(f"map/crossval/{{scheme}}/fold-{fold}.npz") for fold in range(CROSSVAL.n)],
    output:
        votes=results("map/crossval/{scheme}/votes.npz"),
        data=results("map/crossval/{scheme}.json"),
    log:
        results("logs/crossval/{scheme}.log"),
    benchmark:
        results("benchmarks/crossval/{scheme}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400 + 0.003 * MOST_SAMPLES),
        runtime=grown(20),
    params:
        code=code_of("crossval"),
    message:
        "Judging the model by what was left out: {wildcards.scheme}"
    script:
        "../../scripts/crossval.py"
