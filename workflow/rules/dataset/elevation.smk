# From elevation tiles, or one raster, to the relief of each cell's patches.


if ELEVATION.public and ELEVATION.public.kind == "product":
    CHECKS_AT_START.append(check_gdal_tools)


TILE_SCRIPT = "fetch_tile" if ELEVATION.fetched else "own_tile"


rule elevation_tile:
    input:
        tile_source,
        behind=behind_tile,
    output:
        tile=results("elevation/tiles/{tile}.tif"),
        stats=results("elevation/tiles/{tile}.json"),
    log:
        results("logs/elevation_tile/{tile}.log"),
    benchmark:
        results("benchmarks/elevation_tile/{tile}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(440),
        runtime=grown(60 if ELEVATION.fetched else 10),
        downloads=1 if ELEVATION.fetched else 0,
        pause=PAUSE,
        attempt=count_of_attempt,
    params:
        address=lambda wildcards: ELEVATION.address if ELEVATION.fetched else None,  # has braces
        store=ELEVATION.store if ELEVATION.fetched else None,
        nodata=ELEVATION.nodata,
        code=code_of(TILE_SCRIPT),
    message:
        ("Fetching" if ELEVATION.fetched else "Checking") + " elevation tile {wildcards.tile}"
    script:
        f"../../scripts/{TILE_SCRIPT}.py"


# On a cluster this is done where Snakemake runs: submitting it would take longer.
rule elevation_tiles:
    input:
        [results(f"elevation/tiles/{tile}.json") for tile in TILES],
    output:
        report(
            results("elevation/elevation_tiles.csv"),
            caption="../../report/elevation_tiles.rst",
            category="Dataset",
            labels={"figure": "Elevation tiles (file)"},
        ),
    log:
        results("logs/elevation_tiles.log"),
    benchmark:
        results("benchmarks/elevation_tiles.tsv")
    localrule: True
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(190),
        runtime=grown(10),
    params:
        code=code_of("elevation_tiles"),
    message:
        "Listing the elevation tiles"
    script:
        "../../scripts/elevation_tiles.py"


rule join_elevation:
    input:
        rasters=file_inputs(JOINED_ELEVATION),
        behind=behind(*JOINED_ELEVATION),
    output:
        results("elevation/elevation.vrt"),
    log:
        results("logs/join_elevation.log"),
    benchmark:
        results("benchmarks/join_elevation.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(190),
        runtime=grown(30),
    params:
        rasters=opened_all(JOINED_ELEVATION),
        nodata=ELEVATION.nodata,
        code=code_of("join_elevation"),
    message:
        "Joining the rasters of elevation"
    script:
        "../../scripts/join_elevation.py"


rule elevation_mosaic:
    input:
        elevation=ELEVATION_FILES,
        behind=ELEVATION_BEHIND,
    output:
        mosaic=results("elevation/mosaic.tif"),
        style=results("elevation/mosaic.qml"),
        about=results("elevation/mosaic.json"),
        notes=notes_beside(results("elevation/mosaic.json")),
    log:
        results("logs/elevation_mosaic.log"),
    benchmark:
        results("benchmarks/elevation_mosaic.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(320),
        runtime=grown(120),
    params:
        raster=opened_elevation,
        region=list(cfg.dataset.region.bounds),
        code=code_of("elevation_mosaic"),
    message:
        "Merging the elevation"
    script:
        "../../scripts/elevation_mosaic.py"


rule relief_cells:
    input:
        elevation=relief_source,
        behind=few_for("elevation", ELEVATION_BEHIND),
        patches=[results(f"landcover/cells/{name}.npz") for name in NAMES_OF_A_JOB],
        landcover=rules.inspect_landcover.output[0],
    output:
        [results(f"elevation/cells/{name}.npz") for name in NAMES_OF_A_JOB],
    log:
        results("logs/relief_cells/{cells}.log"),
    benchmark:
        results("benchmarks/relief_cells/{cells}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(180 + 18e-6 * CELL_PIXELS),
        runtime=grown(10),
    params:
        raster=opened_elevation,
        tiles=tiles_of,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        resampling=ELEVATION.resampling,
        max_nodata=ELEVATION.max_nodata,
        nodata=ELEVATION.nodata,
        code=code_of("relief_cells"),
    message:
        f"Warping elevation onto the patches of {WHOSE}"
    script:
        "../../scripts/relief_cells.py"


rule elevation:
    input:
        rules.elevation_mosaic.output,
        rules.elevation_tiles.output if ELEVATION.tiled else [],
