# What is known of how well the map agrees: estimates of several kinds, side by side.


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule map_report:
    input:
        held_out=rules.accuracy.output[0],
        plan=results("map/plan.json"),
        tuning=TUNING_FOLDS,
        crossval=[
            results(f"map/crossval/{scheme}.json")
            for scheme in (cfg.map.crossval.schemes if cfg.map.crossval else [])
        ],
        validation=VALIDATION_FILES.get("validation", []),
        applicability=results("map/applicability.json") if cfg.map.applicability else [],
        calibration=results("map/calibration.json") if cfg.map.calibration else [],
        noted=noted_of_samples,
        compared=[results(f"map/compare/{kind}.json") for kind in COMPARED],
    output:
        text=report(
            results("map/report.txt"),
            caption="../../report/map_report_text.rst",
            category="Map",
            labels={"figure": "How well it agrees (file)"},
        ),
        data=results("map/report.json"),
    log:
        results("logs/map_report.log"),
    benchmark:
        results("benchmarks/map_report.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(330),
        runtime=grown(10),
    params:
        code=code_of("map_report"),
    message:
        "Setting side by side how well the map agrees"
    script:
        "../../scripts/map_report.py"
