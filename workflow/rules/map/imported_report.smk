# What is known of a map that a finished model made.


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule map_report:
    input:
        model=results("map/imported.json"),
        plan=results("map/plan.json"),
        validation=VALIDATION_FILES.get("validation", []),
        applicability=results("map/applicability.json") if cfg.map.applicability else [],
        noted=noted_of_samples,
    output:
        text=report(
            results("map/report.txt"),
            caption="../../report/imported_report_text.rst",
            category="Map",
            labels={"figure": f"How well it agrees{OF_YEAR} (file)"},
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
        mem_mb=memory(110),
        runtime=grown(10),
    params:
        of_its_year=bool(YEARS_AROUND)
        and str(YEARS_AROUND["YEAR"]) in map(str, YEARS_AROUND["TRAINING_YEARS"]),
        code=code_of("imported_report"),
    message:
        "Telling what is known of the map"
    script:
        "../../scripts/imported_report.py"
