# From the best parameters to how well these do, the model, and other kinds beside it.


rule tune_kind:
    input:
        samples=rules.samples.output[0],
        checked=rules.check_folds.output[0],
        folds=TUNING_FOLDS,
    output:
        result=results("map/tuned_{kind}.json"),
        best=results("map/tuned_{kind}.txt"),
        decided=results("map/tuning/best_{kind}.json"),
    log:
        results("logs/tune_kind/{kind}.log"),
    benchmark:
        results("benchmarks/tune_kind/{kind}.tsv")
    wildcard_constraints:
        kind="logistic|knn",
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: memory(FIT_MEMORY[wildcards.kind])(wildcards, attempt),
        runtime=grown(120),
    params:
        grid=lambda wildcards: GRIDS[wildcards.kind],
        folds=STRATIFIED_FOLDS,
        seed=cfg.map.tuning.seed,
        code=code_of("tune_kind"),
    message:
        "Tuning: {wildcards.kind}"
    script:
        "../../scripts/tune_kind.py"


rule accuracy:
    input:
        samples=rules.samples.output[0],
        best=BEST[KIND],
    output:
        results("map/held_out.json"),
        notes=notes_beside(results("map/held_out.json")),
    log:
        results("logs/accuracy.log"),
    benchmark:
        results("benchmarks/accuracy.tsv")
    conda:
        "../../../envs/landloom.yaml"
    threads: 4
    resources:
        mem_mb=memory(FIT_MEMORY[KIND]),
        runtime=grown(60),
    params:
        seed=cfg.map.tuning.seed,
        code=code_of("accuracy"),
    message:
        "Judging the model by the samples held out"
    script:
        "../../scripts/accuracy.py"


rule model:
    input:
        samples=rules.samples.output[0],
        best=BEST[KIND],
        embedding=rules.inspect_embedding.output[0],
    output:
        model=results("map/model.joblib"),
        flat=FLAT,
    log:
        results("logs/model.log"),
    benchmark:
        results("benchmarks/model.tsv")
    conda:
        "../../../envs/landloom.yaml"
    threads: 4
    resources:
        mem_mb=memory(FIT_MEMORY[KIND]),
        runtime=grown(60),
    params:
        seed=cfg.map.tuning.seed,
        code=code_of("model"),
    message:
        "Fitting the model on all samples"
    script:
        "../../scripts/model.py"


if COMPARED:

    rule compare_kind:
        input:
            samples=rules.samples.output[0],
            best=lambda wildcards: BEST[wildcards.kind],
            folds=[results(f"map/crossval/{scheme}/folds.json") for scheme in JUDGED_ON],
        output:
            results("map/compare/{kind}.json"),
        log:
            results("logs/compare_kind/{kind}.log"),
        benchmark:
            results("benchmarks/compare_kind/{kind}.tsv")
        wildcard_constraints:
            kind="forest|logistic|knn",
        conda:
            "../../../envs/landloom.yaml"
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: memory(FIT_MEMORY[wildcards.kind])(wildcards, attempt),
            runtime=grown(120),
        params:
            seed=cfg.map.tuning.seed,
            code=code_of("compare_kind"),
        message:
            "Judging another kind of model: {wildcards.kind}"
        script:
            "../../scripts/compare_kind.py"

    rule compare_cpu:
        input:
            samples=rules.samples.output[0],
            best=[BEST[kind] for kind in KINDS],
        output:
            results("map/compare/cpu.json"),
        log:
            results("logs/compare_cpu.log"),
        benchmark:
            results("benchmarks/compare_cpu.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(100 + max(FIT_MEMORY.values())),
            runtime=grown(120),
        params:
            seed=cfg.map.tuning.seed,
            code=code_of("compare_cpu"),
        message:
            "Measuring the processor's time that each kind of model takes"
        script:
            "../../scripts/compare_cpu.py"

    rule compare_table:
        input:
            report=results("map/report.json"),
            cpu=rules.compare_cpu.output[0],
        output:
            report(
                results("tables/classifiers.html"),
                caption="../../report/classifiers.rst",
                category="Map",
                labels={"figure": "Kinds of models compared"},
            ),
        log:
            results("logs/compare_table.log"),
        benchmark:
            results("benchmarks/compare_table.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(200),
            runtime=grown(10),
        params:
            title="Kinds of models on the same samples and folds",
            world=SYNTHETIC["map"],
            code=code_of("tables"),
        message:
            "Making the page that compares kinds of models"
        script:
            "../../scripts/tables.py"

    COMPARISON = rules.compare_table.output


LEARNED = [rules.samples.output, STAGES, STAGE_TEXTS, rules.model.output]
