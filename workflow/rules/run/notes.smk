# What jobs noted for a reader, gathered in one file.

# Files beside which notes may lie, in the order in which they are made.
NOTED = []
if cfg.dataset:
    NOTED += [
        *([results("landcover/served.json")] if JOINED_LANDCOVER else []),
        results("landcover/landcover.json"),
        results("landcover/cells.json"),
        *[results(f"dataset/{split}.json") for split in SPLITS],
        results("elevation/mosaic.json"),
        results("dataset/certificate.json"),
    ]
    NOTED += notes_beside(*NOTED)
NOTED_OF_MAP = []
if cfg.map:
    NOTED_OF_MAP = [
        results("map/plan.json"),
        *TUNING_FOLDS,
        *[results(f"map/crossval/{scheme}/folds.json") for scheme in cfg.map.schemes],
        *([] if MODEL else [results("map/held_out.json")]),
        *([VALIDATION_FILES["validation"]] if VALIDATION_FILES else []),
        *([results("map/applicability.json")] if APPLICABILITY else []),
        *([results("map/calibration.json")] if CALIBRATION else []),
    ]
    NOTED_OF_MAP += [
        *notes_beside(*NOTED_OF_MAP),
        *[file for year in FURTHER_YEARS for file in year_module(year).NOTED_OF_MAP],
    ]
NOTED_OF_SAMPLES = []
if cfg.map:
    NOTED_OF_SAMPLES = [
        noted_of_samples,
        *[year_module(year).noted_of_samples for year in FURTHER_YEARS],
    ]


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule notes:
    input:
        NOTED,
        *NOTED_OF_SAMPLES,
        NOTED_OF_MAP,
    output:
        results("notes.json"),
    log:
        results("logs/notes.log"),
    benchmark:
        results("benchmarks/notes.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(50),
        runtime=grown(10),
    params:
        code=code_of("notes"),
    message:
        "Gathering what was noted"
    script:
        "../../scripts/notes.py"
