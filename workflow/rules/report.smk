# What `snakemake --report` shows besides the pictures: the configuration, the sources, the tables.
from landloom.config_text import config_text


report: "../report/workflow.rst"


# On a cluster these are done where Snakemake runs: submitting them would take longer.
localrules:
    configuration,
    run_page,


rule configuration:
    output:
        report(
            f"{R}/config.yaml",
            caption="../report/config.rst",
            category="Run",
            labels={"figure": "Configuration as resolved (file)"},
        ),
    log:
        f"{R}/logs/configuration.log",
    benchmark:
        f"{R}/benchmarks/configuration.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(45),
        runtime=grown(10),
    params:
        text=lambda wildcards: config_text(cfg),  # its braces are no wildcards
    message:
        "Writing the configuration as resolved"
    script:
        "../scripts/configuration.py"


rule run_page:
    input:
        rules.configuration.output,
        rules.sources.output,
    output:
        report(
            f"{R}/report/run.html",
            caption="../report/run_page.rst",
            category="Run",
            labels={"figure": "Configuration and sources"},
        ),
    log:
        f"{R}/logs/run_page.log",
    benchmark:
        f"{R}/benchmarks/run_page.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(200),
        runtime=grown(10),
    params:
        title="What this run was asked for and made from",
        code=code_of("landloom.report_pages"),
    message:
        "Making the page of the configuration"
    script:
        "../scripts/report_page.py"


if cfg.dataset:

    localrules:
        dataset_page,

    rule dataset_page:
        input:
            certificate=f"{R}/dataset/certificate.json",
            classes=f"{R}/dataset/class_distribution.parquet",
            tiles=ELEVATION_TABLE,
        output:
            report(
                f"{R}/report/dataset.html",
                caption="../report/dataset_page.rst",
                category="Dataset",
                labels={"figure": "Tables"},
            ),
        log:
            f"{R}/logs/dataset_page.log",
        benchmark:
            f"{R}/benchmarks/dataset_page.tsv"
        conda:
            "../../envs/landloom.yaml"
        resources:
            mem_mb=memory(240),
            runtime=grown(10),
        params:
            title="The dataset in tables",
            code=code_of("landloom.report_pages"),
        message:
            "Making the page of the dataset's tables"
        script:
            "../scripts/report_page.py"


if cfg.map:

    localrules:
        map_tables_page,

    rule map_tables_page:
        input:
            report=f"{R}/map/report.json",
            text=f"{R}/map/report.txt",
        output:
            report(
                f"{R}/report/map.html",
                caption="../report/map_tables_page.rst",
                category="Map",
                labels={"figure": "Tables"},
            ),
        log:
            f"{R}/logs/map_tables_page.log",
        benchmark:
            f"{R}/benchmarks/map_tables_page.tsv"
        conda:
            "../../envs/landloom.yaml"
        resources:
            mem_mb=memory(200),
            runtime=grown(10),
        params:
            title="The map's accuracy in tables",
            code=code_of("landloom.report_pages"),
        message:
            "Making the page of the map's tables"
        script:
            "../scripts/report_page.py"


REPORT_PAGES = [
    *rules.run_page.output,
    *(rules.dataset_page.output if cfg.dataset else []),
    *(rules.map_tables_page.output if cfg.map else []),
]
