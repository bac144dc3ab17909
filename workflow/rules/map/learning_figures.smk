# Pictures of what was learned, and how well.


rule figure_closeup:
    input:
        landcover=rules.landcover_map.output[0],
        samples=rules.samples.output[0],
        embedding=rules.inspect_embedding.output[0],
        plan=rules.plan_map.output[0],
        embedding_rasters=EMBEDDING_RASTERS,
        embedding_behind=EMBEDDING_BEHIND,
        reference=rules.reference_points.output.rasters,
        windows=rules.reference_points.output.windows,
        rasters=file_inputs(REFERENCE_RASTERS),
        behind=REFERENCE_BEHIND,
        classes=CLASSES_TABLE,
    output:
        report(
            results("figures/map_closeup.png"),
            caption="../../report/map_closeup.rst",
            category="Map",
            labels={"figure": "Close-up"},
        ),
    log:
        results("logs/figure_closeup.log"),
    benchmark:
        results("benchmarks/figure_closeup.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(800),
        runtime=grown(30),
    params:
        band=REFERENCE.band,
        legend=LEGEND_ROWS,
        world=SYNTHETIC["map"],
        code=code_of("figure_closeup"),
    message:
        "Drawing a part of the map beside the reference"
    script:
        "../../scripts/figure_closeup.py"


# Only forests tell how important bands are.
IMPORTANCES = {
    "importances": report(
        results("figures/map_importances.png"),
        caption="../../report/map_importances.rst",
        category="Map",
        labels={"figure": "Importance of the bands"},
    )
}


rule figure_accuracy:
    input:
        held_out=rules.accuracy.output[0],
    output:
        **(IMPORTANCES if OF_FOREST else {}),
        confusion=report(
            results("figures/map_confusion.png"),
            caption="../../report/map_confusion.rst",
            category="Map",
            labels={"figure": "Confusion"},
        ),
    log:
        results("logs/figure_accuracy.log"),
    benchmark:
        results("benchmarks/figure_accuracy.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(170),
        runtime=grown(10),
    params:
        world=SYNTHETIC["map"],
        code=code_of("figure_accuracy"),
    message:
        "Drawing what became of the samples held out"
    script:
        "../../scripts/figure_accuracy.py"


rule figure_report:
    input:
        report=rules.map_report.output.data,
    output:
        report=report(
            results("figures/map_report.png"),
            caption="../../report/map_report.rst",
            category="Map",
            labels={"figure": "Agreement by class"},
        ),
        estimates=report(
            results("figures/map_estimates.png"),
            caption="../../report/map_estimates.rst",
            category="Map",
            labels={"figure": "How well it agrees"},
        ),
    log:
        results("logs/figure_report.log"),
    benchmark:
        results("benchmarks/figure_report.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(170),
        runtime=grown(10),
    params:
        world=SYNTHETIC["map"],
        code=code_of("figure_report"),
    message:
        "Drawing how well the map agrees"
    script:
        "../../scripts/figure_report.py"


rule figure_tuning:
    input:
        stages=STAGES,
    output:
        report(
            results("figures/map_tuning.png"),
            caption="../../report/map_tuning.rst",
            category="Map",
            labels={"figure": "Tuning"},
        ),
    log:
        results("logs/figure_tuning.log"),
    benchmark:
        results("benchmarks/figure_tuning.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(150),
        runtime=grown(10),
    params:
        world=SYNTHETIC["map"],
        code=code_of("figure_tuning"),
    message:
        "Drawing what was tried"
    script:
        "../../scripts/figure_tuning.py"


LEARNING_FIGURES = [
    *rules.figure_closeup.output,
    *rules.figure_report.output,
    *rules.figure_accuracy.output,
    *rules.figure_tuning.output,
]
