# What a run was made from, with licences and citations; and whether it is still the same.
ELEVATION_TABLE = (
    [results("elevation/elevation_tiles.csv")]
    if cfg.dataset and cfg.dataset.elevation.tiled
    else []
)
# Which addresses serve what was named: told by the jobs that choose them.
SERVED = [
    *([results("landcover/served.json")] if cfg.dataset and cfg.dataset.landcover.public else []),
    *(
        [results("map/served.json")]
        if cfg.map and cfg.map.reference and cfg.map.reference.public
        else []
    ),
]

# Indexes of what comes in tiles: what is known of each, and the files themselves.
INDEXES, INDEX_FILES = [], []
if cfg.map and cfg.map.embedding.public:
    SERVED += of_each_year("map/embedding/served.json")
    if cfg.map.embedding.public.is_indexed:
        INDEXES.append(results("map/embedding/index.json"))
        INDEX_FILES.append(results("map/embedding/index.parquet"))

# What is known of the finished model that maps.
IMPORTED = [results("map/imported.json")] if cfg.map and cfg.map.model_file else []

# Inputs that are copies of public datasets, and of which.
PUBLIC_COPIES = {path: name for _, path, name in cfg.uses if name and path in cfg.downloads}


# Nothing waits for it: large files take a while.
rule own_files:
    input:
        lambda wildcards: OWN_FILES[wildcards.product],
    output:
        results("{product}/inputs.sha256"),
    log:
        results("logs/own_files/{product}.log"),
    benchmark:
        results("benchmarks/own_files/{product}.tsv")
    wildcard_constraints:
        product="dataset|map",
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(50),
        runtime=grown(60),
    params:
        code=code_of("own_files"),
    message:
        "Noting what the files were that the {wildcards.product} is made from"
    script:
        "../../scripts/own_files.py"


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule files_behind:
    input:
        lambda wildcards: MANY_BEHIND[wildcards.raster],
    output:
        results("behind/{raster}.json"),
    log:
        results("logs/files_behind/{raster}.log"),
    benchmark:
        results("benchmarks/files_behind/{raster}.tsv")
    wildcard_constraints:
        raster="landcover|elevation|embedding",
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(50),
        runtime=grown(10),
    params:
        code=code_of("files_behind"),
    message:
        "Looking at the files behind the {wildcards.raster}"
    script:
        "../../scripts/files_behind.py"


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule sources:
    input:
        served=SERVED,
        indexes=INDEXES,
        tiles=ELEVATION_TABLE,
        copies=[f"{path}.sha256" for path in PUBLIC_COPIES],
        models=IMPORTED,
    output:
        report(
            results("SOURCES.md"),
            caption="../../report/sources.rst",
            category="Run",
            labels={"figure": "Sources, licences, citations (file)"},
        ),
    log:
        results("logs/sources.log"),
    benchmark:
        results("benchmarks/sources.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(50),
        runtime=grown(10),
    params:
        uses=cfg.uses,
        demo=DEMO if cfg.demo else None,
        copies=list(PUBLIC_COPIES.values()),
        code=code_of("sources"),
    message:
        "Listing the sources and their licences"
    script:
        "../../scripts/sources.py"


rule verify_sources:
    input:
        table=ELEVATION_TABLE,
    log:
        results("logs/verify_sources.log"),
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(70),
        runtime=grown(120),
    params:
        tiles=FILES.moved(results("elevation/tiles")),
        windows=list(map(FILES.moved, of_each_year("map/embedding"))),
        downloads=list(map(FILES.moved, [*cfg.downloads, *INDEX_FILES])),
        records=[
            FILES.moved(path)
            for path in (results("dataset/inputs.sha256"), *of_each_year("map/inputs.sha256"))
        ],
    message:
        "Comparing elevation tiles, downloads and files of your own with what they were"
    script:
        "../../scripts/verify_sources.py"
