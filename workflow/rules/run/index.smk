# The first page of a run, which leads to all that it made.

# Of these the page tells the content; of all others that they are there.
TOLD = [
    *rules.notes.output,
    *([results("dataset/certificate.json")] if cfg.dataset else []),
    *(rules.autocorrelation.output if cfg.dataset else []),
    *([rules.map_report.output.data] if cfg.map else []),
]


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule index:
    input:
        rules.configuration.output,
        rules.sources.output,
        TABLES,
        rules.dataset.input if cfg.dataset else [],
        rules.map.input if cfg.map else [],
        rules.figures.input,
        told=TOLD,
    output:
        results("index.html"),
    log:
        results("logs/index.log"),
    benchmark:
        results("benchmarks/index.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(40),
        runtime=grown(10),
    params:
        world=SYNTHETIC["dataset"] or SYNTHETIC["map"],
        code=code_of("index"),
    message:
        "Making the first page of the results"
    script:
        "../../scripts/index.py"
