# Whether finished files are still what they were: those that are not are deleted, to be made again.


# On a cluster this is done where Snakemake runs: nothing else is to run meanwhile.
rule repair:
    log:
        results("logs/repair.log"),
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(50),
        runtime=grown(120),
    params:
        folders=[FILES.moved(cfg.results), *([FILES.moved(DEMO)] if cfg.demo else [])],
    message:
        "Looking for damaged files"
    script:
        "../../scripts/repair.py"
