# What independent reference points tell of the map, and the draw of pixels to label as such.
DRAW = VALIDATION and VALIDATION.draw
VALIDATION_FILES = {}
# What is learned from is not known of a finished model.
SAMPLES = [results("map/samples.parquet")] if REFERENCE else []


rule class_areas:
    input:
        results("map/landcover.tif"),
    output:
        results("map/class_areas.json"),
    log:
        results("logs/class_areas.log"),
    benchmark:
        results("benchmarks/class_areas.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(340),
        runtime=grown(60),
    params:
        code=code_of("class_areas"),
    message:
        "Summing up the areas of the map's classes"
    script:
        "../../scripts/class_areas.py"


rule validation_sample:
    input:
        landcover=results("map/landcover.tif"),
        areas=rules.class_areas.output[0],
        plan=results("map/plan.json"),
        samples=SAMPLES,
        held_out=results("map/held_out.json") if REFERENCE else [],
    output:
        sample=results("map/validation_sample.gpkg"),
        style=results("map/validation_sample.qml"),
    log:
        results("logs/validation_sample.log"),
    benchmark:
        results("benchmarks/validation_sample.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(450),
        runtime=grown(60),
    params:
        draw=DRAW.model_dump() if DRAW else {},
        code=code_of("validation_sample"),
    message:
        "Drawing pixels of the map to be labelled"
    script:
        "../../scripts/validation_sample.py"


if VALIDATION and VALIDATION.table:

    rule validation:
        input:
            table=own(VALIDATION.table),
            behind=beside(VALIDATION.table),
            landcover=results("map/landcover.tif"),
            areas=rules.class_areas.output[0],
            plan=results("map/plan.json"),
            samples=SAMPLES,
            legend=results("map/classes.json") if MODEL else [],
            model=results("map/imported.json") if MODEL else [],
            classes=CLASSES_TABLE,
        output:
            data=results("map/validation.json"),
            text=report(
                results("map/validation.txt"),
                caption="../../report/map_validation.rst",
                category="Map",
                labels={"figure": "Accuracy and areas, design-based (file)"},
            ),
            notes=notes_beside(results("map/validation.json")),
        log:
            results("logs/validation.log"),
        benchmark:
            results("benchmarks/validation.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(450),
            runtime=grown(30),
        params:
            columns=VALIDATION_COLUMNS,
            needed=VALIDATION.needed,
            seed=VALIDATION.seed,
            legend=LEGEND_ROWS,
            code=code_of("validation"),
        message:
            "Estimating accuracy and areas from the reference points"
        script:
            "../../scripts/validation.py"

    VALIDATION_FILES = {
        "validation": rules.validation.output.data,
        "validation_text": rules.validation.output.text,
    }
