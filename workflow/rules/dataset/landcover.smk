# From the land-cover raster to the patches of each cell.


rule join_landcover:
    input:
        rasters=file_inputs(JOINED_LANDCOVER),
        behind=behind(*JOINED_LANDCOVER),
    output:
        vrt=results("landcover/landcover.vrt"),
        served=results("landcover/served.json"),
        windows=directory(results("landcover/windows")),
        notes=notes_beside(results("landcover/served.json")),
    log:
        results("logs/join_landcover.log"),
    benchmark:
        results("benchmarks/join_landcover.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(260),
        runtime=grown(60),
    params:
        rasters=opened_all(JOINED_LANDCOVER),
        region=list(cfg.dataset.region.bounds),
        margin=cfg.dataset.patches.size * cfg.dataset.patches.downsample,
        # Others: the choice is made anew. Their fields are no wildcards.
        addresses=lambda wildcards: cfg.dataset.landcover.addresses,
        code=code_of("join_landcover"),
    message:
        "Choosing and joining the land cover's rasters"
    script:
        "../../scripts/join_landcover.py"


rule inspect_landcover:
    input:
        raster=file_input(LANDCOVER),
        behind=LANDCOVER_BEHIND,
        windows=LANDCOVER_WINDOWS,
    output:
        results("landcover/landcover.json"),
        notes=notes_beside(results("landcover/landcover.json")),
    log:
        results("logs/inspect_landcover.log"),
    benchmark:
        results("benchmarks/inspect_landcover.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(190),
        runtime=grown(10),
    params:
        raster=opened(LANDCOVER),
        region=list(cfg.dataset.region.bounds),
        n=cfg.dataset.grid.n,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        listed=[*cfg.dataset.landcover.classes, *cfg.dataset.landcover.unknown_codes],
        reach=cfg.dataset.reach if ELEVATION.tiled else None,
        resolution=cfg.dataset.landcover.resolution,
        code=code_of("inspect_landcover"),
    message:
        "Looking at the land cover"
    script:
        "../../scripts/inspect_landcover.py"


rule extract_cells:
    input:
        raster=file_input(LANDCOVER),
        behind=few_for("landcover", LANDCOVER_BEHIND),
        windows=LANDCOVER_WINDOWS,
        checked=rules.inspect_landcover.output[0],
    output:
        [results(f"landcover/cells/{name}.npz") for name in NAMES_OF_A_JOB],
    log:
        results("logs/extract_cells/{cells}.log"),
    benchmark:
        results("benchmarks/extract_cells/{cells}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(150 + 9e-6 * CELL_PIXELS),
        runtime=grown(10),
    params:
        raster=opened(LANDCOVER),
        cells=cells_of,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        legend=list(cfg.dataset.landcover.classes),
        unknown=cfg.dataset.landcover.unknown_codes,
        reject=list(cfg.dataset.landcover.rejected.items()),
        code=code_of("extract_cells"),
    message:
        f"Cutting patches of {WHOSE}"
    script:
        "../../scripts/extract_cells.py"


rule class_distribution:
    input:
        CELL_PATCHES,
    output:
        classes=results("dataset/class_distribution.parquet"),
        coverage=results("landcover/cells.json"),
        notes=notes_beside(results("landcover/cells.json")),
    log:
        results("logs/class_distribution.log"),
    benchmark:
        results("benchmarks/class_distribution.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(320),
        runtime=grown(20),
    params:
        legend=[
            (code, entry.name, entry.color)
            for code, entry in cfg.dataset.landcover.classes.items()
        ],
        cells=CELLS,
        code=code_of("class_distribution"),
    message:
        "Counting the classes"
    script:
        "../../scripts/class_distribution.py"
