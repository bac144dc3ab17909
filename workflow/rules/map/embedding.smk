# A public embedding by name: its windows as files, of which each is fetched once.
# The index is the same for all years; that of the run serves its further years.
INDEX_TABLE = YEARS_AROUND.get("results", results)("map/embedding/index.parquet")


if NAMED_EMBEDDING.is_indexed and not YEARS_AROUND:

    rule embedding_index:
        output:
            index=INDEX_TABLE,
            digest=results("map/embedding/index.parquet.sha256"),
            record=results("map/embedding/index.json"),
        log:
            results("logs/embedding_index.log"),
        benchmark:
            results("benchmarks/embedding_index.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(180),
            runtime=grown(240),
            downloads=1,
            pause=PAUSE,
            attempt=count_of_attempt,
        params:
            # The same for all years, so that it is fetched once.
            family=NAMED_EMBEDDING.family,
            addresses=[address.below(INDEX) for address in NAMED_EMBEDDING.addresses],
        message:
            "Downloading the index of the embedding's tiles"
        script:
            "../../scripts/embedding_index.py"


checkpoint embedding_windows:
    input:
        index=[INDEX_TABLE] if NAMED_EMBEDDING.is_indexed else [],
    output:
        results("map/embedding/windows.json"),
        notes=notes_beside(results("map/embedding/windows.json")),
    log:
        results("logs/embedding_windows.log"),
    benchmark:
        results("benchmarks/embedding_windows.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(380),
        runtime=grown(10),
        pause=PAUSE,
    params:
        dataset=NAMED_EMBEDDING.name,
        region=cfg.map.region.bounds,
        code=code_of("embedding_windows"),
    message:
        "Looking up which tiles of the embedding the region needs"
    script:
        "../../scripts/embedding_windows.py"


rule embedding_window:
    input:
        # Another region's windows stay as they are where they are the same.
        windows=ancient(results("map/embedding/windows.json")),
    output:
        raster=results("map/embedding/{window}.tif"),
        record=results("map/embedding/{window}.json"),
        notes=notes_beside(results("map/embedding/{window}.json")),
    log:
        results("logs/embedding_window/{window}.log"),
    benchmark:
        results("benchmarks/embedding_window/{window}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=window_memory,
        runtime=grown(240),
        downloads=1,
        pause=PAUSE,
        attempt=count_of_attempt,
    params:
        dataset=NAMED_EMBEDDING.name,
        window=window_described,
    message:
        "Fetching the embedding's window {wildcards.window}"
    script:
        "../../scripts/embedding_window.py"


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule embedding_served:
    input:
        records=lambda wildcards: window_files(".json"),
    output:
        results("map/embedding/served.json"),
    log:
        results("logs/embedding_served.log"),
    benchmark:
        results("benchmarks/embedding_served.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(180),
        runtime=grown(10),
    params:
        code=code_of("embedding_served"),
    message:
        "Noting what served the embedding"
    script:
        "../../scripts/embedding_served.py"
