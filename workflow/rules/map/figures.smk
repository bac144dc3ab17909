# Pictures of the map, and a page on which it can be browsed.


rule figure_landcover:
    input:
        landcover=rules.landcover_map.output[0],
        classes=results("map/classes.json"),
    output:
        report(
            results("figures/map_landcover.png"),
            caption="../../report/map_landcover.rst",
            category="Map",
            labels={"figure": f"Land cover{OF_YEAR}"},
        ),
    log:
        results("logs/figure_landcover.log"),
    benchmark:
        results("benchmarks/figure_landcover.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(630),
        runtime=grown(30),
    params:
        world=SYNTHETIC["map"],
        code=code_of("figure_landcover"),
    message:
        "Drawing the map"
    script:
        "../../scripts/figure_landcover.py"


rule figure_confidence:
    input:
        confidence=rules.confidence_map.output[0],
        model=results("map/imported.json") if MODEL else [],
        classes=results("map/classes.json"),
    output:
        report(
            results("figures/map_confidence.png"),
            caption="../../report/map_confidence.rst",
            category="Map",
            labels={"figure": f"Confidence{OF_YEAR}"},
        ),
    log:
        results("logs/figure_confidence.log"),
    benchmark:
        results("benchmarks/figure_confidence.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(720),
        runtime=grown(30),
    params:
        world=SYNTHETIC["map"],
        kind=KIND,
        code=code_of("figure_confidence"),
    message:
        "Drawing the confidence"
    script:
        "../../scripts/figure_confidence.py"


rule map_page:
    input:
        landcover=rules.landcover_map.output[0],
        plan=rules.plan_map.output[0],
        confidence=rules.confidence_map.output[:1] if cfg.map.predict.confidence else [],
        legend=results("map/classes.json"),
        model=results("map/imported.json") if MODEL else [],
        samples=rules.samples.output.samples if REFERENCE else [],
        reference=rules.reference_points.output.rasters if REFERENCE else [],
        windows=rules.reference_points.output.windows if REFERENCE else [],
        rasters=file_inputs(REFERENCE_RASTERS),
        behind=REFERENCE_BEHIND,
        classes=CLASSES_TABLE,
    output:
        # No part of the report: browsers show no page of over 2 MB inside another.
        results("map/index.html"),
    log:
        results("logs/map_page.log"),
    benchmark:
        results("benchmarks/map_page.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(430),
        runtime=grown(30),
    params:
        band=REFERENCE.band if REFERENCE else None,
        legend=LEGEND_ROWS,
        world=SYNTHETIC["map"],
        kind=KIND,
        code=code_of("map_page"),
    message:
        "Making the page of the map"
    script:
        "../../scripts/map_page.py"


MAP_FIGURES = [
    *rules.figure_landcover.output,
    *(rules.figure_confidence.output if cfg.map.predict.confidence else []),
    *(rules.figure_applicability.output if APPLICABILITY else []),
    *LEARNING_FIGURES,
    *RELIABILITY,
    *YEARS_FIGURES,
]


rule map:
    input:
        LEARNED,
        rules.map_report.output,
        rules.landcover_map.output,
        rules.confidence_map.output if cfg.map.predict.confidence else [],
        rules.probability_map.output if cfg.map.predict.probabilities else [],
        rules.generalised_map.output if GENERALISE else [],
        rules.map_polygons.output if cfg.map.predict.polygons else [],
        rules.map_page.output,
        rules.map_item.output,
        zone_maps,
        own_records("map"),
        list(VALIDATION_FILES.values()),
        APPLICABILITY_FILES,
        rules.validation_sample.output if DRAW else [],
        CROSSVAL_FILES,
        CALIBRATED,
        YEARS_FILES,
        COMPARISON,
