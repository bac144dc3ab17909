# Shares of votes made into probabilities and sets of classes.
CALIBRATION = cfg.map.calibration
CALIBRATED = []
RELIABILITY = []

if CALIBRATION:
    ON_FOLDS = CALIBRATION.fit_on != "validation"
    ON_POINTS = CALIBRATION.fit_on != "folds" and bool(VALIDATION and VALIDATION.table)

    # On a cluster this is done where Snakemake runs: submitting it would take longer.
    rule check_calibration:
        input:
            samples=results("map/samples.parquet"),
        output:
            results("map/calibrated/checked.json"),
        log:
            results("logs/check_calibration.log"),
        benchmark:
            results("benchmarks/check_calibration.tsv")
        localrule: True
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(400),
            runtime=grown(10),
        params:
            level=CALIBRATION.level if ON_FOLDS and not ON_POINTS else None,
            code=code_of("check_calibration"),
        message:
            "Checking that there are enough samples to calibrate on"
        script:
            "../../scripts/check_calibration.py"

    rule calibration:
        input:
            samples=results("map/samples.parquet"),
            checked=rules.check_calibration.output[0],
            votes=results(f"map/crossval/{CALIBRATION.folds}/votes.npz") if ON_FOLDS else [],
            folds=results(f"map/crossval/{CALIBRATION.folds}/folds.json") if ON_FOLDS else [],
            table=own(VALIDATION.table) if ON_POINTS else [],
            behind=beside(VALIDATION.table) if ON_POINTS else [],
            classes=CLASSES_TABLE if ON_POINTS else [],
            landcover=results("map/landcover.tif") if ON_POINTS else [],
            areas=results("map/class_areas.json") if ON_POINTS else [],
            plan=results("map/plan.json") if ON_POINTS else [],
            probabilities=results("map/probabilities.tif") if ON_POINTS else [],
        output:
            results("map/calibration.json"),
            notes=notes_beside(results("map/calibration.json")),
        log:
            results("logs/calibration.log"),
        benchmark:
            results("benchmarks/calibration.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(450 + 0.003 * MOST_SAMPLES),
            runtime=grown(30),
        params:
            wanted=CALIBRATION.model_dump(exclude={"folds"}),
            columns=VALIDATION_COLUMNS if ON_POINTS else {},
            needed=VALIDATION.needed if ON_POINTS else [],
            legend=LEGEND_ROWS if ON_POINTS else None,
            further_years=FURTHER_YEARS,
            code=code_of("calibration"),
        message:
            "Fitting probabilities and sets of classes to votes"
        script:
            "../../scripts/calibration.py"

    rule calibrate_block:
        input:
            calibration=rules.calibration.output[0],
            block=block_of_map,
        output:
            results("map/calibrated/blocks/{block}.tif"),
        log:
            results("logs/calibrate_block/{block}.log"),
        benchmark:
            results("benchmarks/calibrate_block/{block}.tsv")
        wildcard_constraints:
            block=r"r\d+-c\d+(x\d+)?",
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory_by_pixels(260, 1.3e-5),
            runtime=minutes_of_block(30),
        params:
            block=cfg.map.predict.block,
            code=code_of("calibrate_block"),
        message:
            "Calibrating block {wildcards.block}"
        script:
            "../../scripts/calibrate_block.py"

    rule calibrated_confidence_map:
        input:
            plan=results("map/plan.json"),
            calibration=results("map/calibration.json"),
            classes=results("map/classes.json"),
            blocks=calibrated_blocks,
        output:
            results("map/calibrated_confidence.tif"),
            results("map/calibrated_confidence.qml"),
        log:
            results("logs/calibrated_confidence_map.log"),
        benchmark:
            results("benchmarks/calibrated_confidence_map.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(370),
            runtime=grown(120),
        params:
            layer="calibrated_confidence",
            code=code_of("join_calibrated"),
        message:
            "Joining the blocks to the map of calibrated confidence"
        script:
            "../../scripts/join_calibrated.py"

    use rule calibrated_confidence_map as set_size_map with:
        output:
            results("map/set_size.tif"),
            results("map/set_size.qml"),
        log:
            results("logs/set_size_map.log"),
        benchmark:
            results("benchmarks/set_size_map.tsv")
        params:
            layer="set_size",
            code=code_of("join_calibrated"),
        message:
            "Joining the blocks to the map of how many classes are likely"

    use rule calibrated_confidence_map as class_set_map with:
        output:
            results("map/class_set.tif"),
            results("map/class_set.qml"),
        log:
            results("logs/class_set_map.log"),
        benchmark:
            results("benchmarks/class_set_map.tsv")
        params:
            layer="class_set",
            code=code_of("join_calibrated"),
        message:
            "Joining the blocks to the map of the sets of classes"

    rule figure_reliability:
        input:
            calibration=rules.calibration.output[0],
        output:
            report(
                results("figures/map_reliability.png"),
                caption="../../report/map_reliability.rst",
                category="Map",
                labels={"figure": "Calibration"},
            ),
        log:
            results("logs/figure_reliability.log"),
        benchmark:
            results("benchmarks/figure_reliability.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(170),
            runtime=grown(10),
        params:
            world=SYNTHETIC["map"],
            code=code_of("figure_reliability"),
        message:
            "Drawing how far votes and probabilities are from what happens"
        script:
            "../../scripts/figure_reliability.py"

    RELIABILITY = rules.figure_reliability.output
    CALIBRATED = [
        rules.calibration.output,
        rules.calibrated_confidence_map.output,
        rules.set_size_map.output,
        rules.class_set_map.output,
    ]
