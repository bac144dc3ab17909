# Pictures of the map, and a page on which it can be browsed.


rule figure_landcover:
    input:
        landcover=rules.landcover_map.output[0],
        samples=rules.samples.output[0],
    output:
        report(
            f"{R}/figures/map_landcover.png",
            caption="../report/map_landcover.rst",
            category="Map",
            labels={"figure": "Land cover"},
        ),
    log:
        f"{R}/logs/figure_landcover.log",
    benchmark:
        f"{R}/benchmarks/figure_landcover.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(630),
        runtime=grown(30),
    params:
        code=code_of("landloom.figure_map", "landloom.points"),
    message:
        "Drawing the map"
    script:
        "../scripts/figure_landcover.py"


rule figure_confidence:
    input:
        confidence=rules.confidence_map.output[0],
        samples=rules.samples.output[0],
    output:
        report(
            f"{R}/figures/map_confidence.png",
            caption="../report/map_confidence.rst",
            category="Map",
            labels={"figure": "Confidence"},
        ),
    log:
        f"{R}/logs/figure_confidence.log",
    benchmark:
        f"{R}/benchmarks/figure_confidence.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(720),
        runtime=grown(30),
    params:
        code=code_of("landloom.figure_map", "landloom.points"),
    message:
        "Drawing the confidence"
    script:
        "../scripts/figure_confidence.py"


rule figure_closeup:
    input:
        landcover=rules.landcover_map.output[0],
        samples=rules.samples.output[0],
        embedding=rules.inspect_embedding.output[0],
        embedding_rasters=file_inputs(cfg.map.embedding.rasters),
        reference=rules.reference_points.output.rasters,
        rasters=file_inputs(cfg.map.reference.rasters),
        classes=CLASSES_TABLE,
    output:
        report(
            f"{R}/figures/map_closeup.png",
            caption="../report/map_closeup.rst",
            category="Map",
            labels={"figure": "Close-up"},
        ),
    log:
        f"{R}/logs/figure_closeup.log",
    benchmark:
        f"{R}/benchmarks/figure_closeup.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(800),
        runtime=grown(30),
    params:
        band=cfg.map.reference.band,
        legend=LEGEND_ROWS,
        code=code_of("landloom.figure_map", "landloom.sampling"),
    message:
        "Drawing a part of the map beside the reference"
    script:
        "../scripts/figure_closeup.py"


rule figure_accuracy:
    input:
        report=rules.report.output.data,
    output:
        report=report(
            f"{R}/figures/map_report.png",
            caption="../report/map_report.rst",
            category="Map",
            labels={"figure": "Agreement by class"},
        ),
        confusion=report(
            f"{R}/figures/map_confusion.png",
            caption="../report/map_confusion.rst",
            category="Map",
            labels={"figure": "Confusion"},
        ),
        importances=report(
            f"{R}/figures/map_importances.png",
            caption="../report/map_importances.rst",
            category="Map",
            labels={"figure": "Importance of the bands"},
        ),
    log:
        f"{R}/logs/figure_accuracy.log",
    benchmark:
        f"{R}/benchmarks/figure_accuracy.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(170),
        runtime=grown(10),
    params:
        code=code_of("landloom.figure_accuracy"),
    message:
        "Drawing the agreement with the samples held out"
    script:
        "../scripts/figure_accuracy.py"


rule figure_tuning:
    input:
        stage1=rules.stage1.output.result,
        stage2=rules.stage2.output.result,
    output:
        report(
            f"{R}/figures/map_tuning.png",
            caption="../report/map_tuning.rst",
            category="Map",
            labels={"figure": "Tuning"},
        ),
    log:
        f"{R}/logs/figure_tuning.log",
    benchmark:
        f"{R}/benchmarks/figure_tuning.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(150),
        runtime=grown(10),
    params:
        code=code_of("landloom.figure_accuracy"),
    message:
        "Drawing what was tried"
    script:
        "../scripts/figure_tuning.py"


rule map_page:
    input:
        landcover=rules.landcover_map.output[0],
        confidence=rules.confidence_map.output if cfg.map.predict.confidence else [],
        samples=rules.samples.output[0],
        reference=rules.reference_points.output.rasters,
        rasters=file_inputs(cfg.map.reference.rasters),
        classes=CLASSES_TABLE,
    output:
        # No part of the report: browsers show no page of over 2 MB inside another.
        f"{R}/map/index.html",
    log:
        f"{R}/logs/map_page.log",
    benchmark:
        f"{R}/benchmarks/map_page.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(430),
        runtime=grown(30),
    params:
        band=cfg.map.reference.band,
        legend=LEGEND_ROWS,
        code=code_of("landloom.map_page"),
    message:
        "Making the page of the map"
    script:
        "../scripts/map_page.py"


MAP_FIGURES = [
    *rules.figure_landcover.output,
    *(rules.figure_confidence.output if cfg.map.predict.confidence else []),
    *rules.figure_closeup.output,
    *rules.figure_accuracy.output,
    *rules.figure_tuning.output,
]


rule map:
    input:
        rules.samples.output,
        rules.stage1.output,
        rules.stage2.output,
        rules.report.output,
        rules.model.output,
        rules.landcover_map.output,
        rules.confidence_map.output if cfg.map.predict.confidence else [],
        rules.probability_map.output if cfg.map.predict.probabilities else [],
        rules.map_page.output,
