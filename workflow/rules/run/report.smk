# What `snakemake --report` shows besides the pictures: the configuration, the sources, the tables.
from landloom.config.resolved import config_text


report: "../../report/workflow.rst"


# On a cluster these are done where Snakemake runs: submitting them would take longer.
rule configuration:
    output:
        report(
            results("config.yaml"),
            caption="../../report/config.rst",
            category="Run",
            labels={"figure": "Configuration as resolved (file)"},
        ),
    log:
        results("logs/configuration.log"),
    benchmark:
        results("benchmarks/configuration.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(45),
        runtime=grown(10),
    params:
        text=lambda wildcards: config_text(cfg),  # its braces are no wildcards
        code=code_of("configuration"),
    message:
        "Writing the configuration as resolved"
    script:
        "../../scripts/configuration.py"


rule run_tables:
    input:
        rules.configuration.output,
        rules.sources.output,
    output:
        report(
            results("tables/run.html"),
            caption="../../report/run_tables.rst",
            category="Run",
            labels={"figure": "Configuration and sources"},
        ),
    log:
        results("logs/run_tables.log"),
    benchmark:
        results("benchmarks/run_tables.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(200),
        runtime=grown(10),
    params:
        title="What this run was asked for and made from",
        world=SYNTHETIC["dataset"] or SYNTHETIC["map"],
        code=code_of("tables"),
    message:
        "Making the page of the configuration"
    script:
        "../../scripts/tables.py"


if cfg.dataset:

    rule dataset_tables:
        input:
            certificate=results("dataset/certificate.json"),
            likeness=rules.autocorrelation.output[0],
            classes=results("dataset/class_distribution.parquet"),
            tiles=ELEVATION_TABLE,
        output:
            report(
                results("tables/dataset.html"),
                caption="../../report/dataset_tables.rst",
                category="Dataset",
                labels={"figure": "Tables"},
            ),
        log:
            results("logs/dataset_tables.log"),
        benchmark:
            results("benchmarks/dataset_tables.tsv")
        localrule: True
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(240),
            runtime=grown(10),
        params:
            title="The dataset in tables",
            world=SYNTHETIC["dataset"],
            code=code_of("tables"),
        message:
            "Making the page of the dataset's tables"
        script:
            "../../scripts/tables.py"


if cfg.map:

    rule map_tables:
        input:
            **VALIDATION_FILES,
            report=rules.map_report.output.data,
            years=YEARS_TABLE,
        output:
            report(
                results("tables/map.html"),
                caption=f"../../report/{'imported' if MODEL else 'map'}_tables.rst",
                category="Map",
                labels={"figure": "Tables"},
            ),
        log:
            results("logs/map_tables.log"),
        benchmark:
            results("benchmarks/map_tables.tsv")
        localrule: True
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(200),
            runtime=grown(10),
        params:
            title="How well the map agrees, in tables",
            world=SYNTHETIC["map"],
            code=code_of("tables"),
        message:
            "Making the page of the map's tables"
        script:
            "../../scripts/tables.py"


TABLES = [
    *rules.run_tables.output,
    *(rules.dataset_tables.output if cfg.dataset else []),
    *(rules.map_tables.output if cfg.map else []),
]
