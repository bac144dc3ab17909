# From the samples to the best parameters of a forest, in two stages.


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule check_tuning:
    input:
        embedding=rules.inspect_embedding.output[0],
    output:
        results("map/tuning/checked.json"),
    log:
        results("logs/check_tuning.log"),
    benchmark:
        results("benchmarks/check_tuning.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(65),
        runtime=grown(10),
    params:
        max_features=STAGE_GRIDS[1]["max_features"] if OWN_MAX_FEATURES else [],
        code=code_of("check_tuning"),
    message:
        "Checking the tuning's grid against the embedding"
    script:
        "../../scripts/check_tuning.py"


rule tune_stage1:
    input:
        samples=rules.samples.output[0],
        checked=[rules.check_tuning.output[0], rules.check_folds.output[0]],
        folds=TUNING_FOLDS,
    output:
        results("map/tuning/stage1/{unit}.json"),
    log:
        results("logs/tune_stage1/{unit}.log"),
    benchmark:
        results("benchmarks/tune_stage1/{unit}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(forest_memory(100)),
        runtime=grown(120),
    params:
        units=lambda wildcards: units_up_to(1, wildcards.unit),
        folds=STRATIFIED_FOLDS,
        seed=cfg.map.tuning.seed,
        scorer=SCORER,
        code=code_of("tune"),
    message:
        "Tuning, first stage: {wildcards.unit}"
    script:
        "../../scripts/tune.py"


rule stage1:
    input:
        samples=rules.samples.output[0],
        units=unit_files(1),
    output:
        result=results("map/stage1.json"),
        best=results("map/stage1.txt"),
        decided=results("map/tuning/best_stage1.json"),
    log:
        results("logs/stage1.log"),
    benchmark:
        results("benchmarks/stage1.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(10),
    params:
        grid=STAGE_GRIDS[1],
        code=code_of("rank"),
    message:
        "Choosing the best of the first stage"
    script:
        "../../scripts/rank.py"


rule tune_stage2:
    input:
        samples=rules.samples.output[0],
        best=rules.stage1.output.decided,
        folds=TUNING_FOLDS,
    output:
        results("map/tuning/stage2/{unit}.json"),
    log:
        results("logs/tune_stage2/{unit}.log"),
    benchmark:
        results("benchmarks/tune_stage2/{unit}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(forest_memory(MOST_TREES)),
        runtime=grown(120),
    params:
        units=lambda wildcards: units_up_to(2, wildcards.unit),
        folds=STRATIFIED_FOLDS,
        seed=cfg.map.tuning.seed,
        scorer=SCORER,
        code=code_of("tune"),
    message:
        "Tuning, second stage: {wildcards.unit}"
    script:
        "../../scripts/tune.py"


rule stage2:
    input:
        samples=rules.samples.output[0],
        best=rules.stage1.output.decided,
        units=unit_files(2),
    output:
        result=results("map/stage2.json"),
        best=results("map/stage2.txt"),
        decided=BEST["forest"],
    log:
        results("logs/stage2.log"),
    benchmark:
        results("benchmarks/stage2.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(10),
    params:
        grid=STAGE_GRIDS[2],
        code=code_of("rank"),
    message:
        "Choosing the best of the second stage"
    script:
        "../../scripts/rank.py"
