# From elevation tiles, or one raster, to the relief of each cell's patches.


rule elevation_tile:
    input:
        tile_source,
    output:
        tile=f"{R}/elevation/tiles/{{tile}}.tif",
        stats=f"{R}/elevation/tiles/{{tile}}.json",
    log:
        f"{R}/logs/elevation_tile/{{tile}}.log",
    benchmark:
        f"{R}/benchmarks/elevation_tile/{{tile}}.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=700,
        runtime=10,
    params:
        nodata=cfg.dataset.elevation.nodata,
        code=code_of("landloom.elevation"),
    message:
        "Checking elevation tile {wildcards.tile}"
    script:
        "../scripts/elevation_tile.py"


rule elevation_tiles:
    input:
        [f"{R}/elevation/tiles/{tile}.json" for tile in TILES],
    output:
        f"{R}/elevation/elevation_tiles.csv",
    log:
        f"{R}/logs/elevation_tiles.log",
    benchmark:
        f"{R}/benchmarks/elevation_tiles.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=300,
        runtime=10,
    message:
        "Listing the elevation tiles"
    script:
        "../scripts/elevation_tiles.py"


rule elevation_mosaic:
    input:
        elevation=(tile_files(TILES) if TEMPLATE else file_input(cfg.dataset.elevation.source)),
    output:
        f"{R}/elevation/mosaic.tif",
    log:
        f"{R}/logs/elevation_mosaic.log",
    benchmark:
        f"{R}/benchmarks/elevation_mosaic.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=700,
        runtime=120,
    params:
        raster=opened_elevation,
        region=list(cfg.dataset.region.bounds),
        code=code_of("landloom.elevation"),
    message:
        "Merging the elevation"
    script:
        "../scripts/elevation_mosaic.py"


rule relief_cell:
    input:
        elevation=relief_source,
        patches=f"{R}/landcover/cells/{{cell}}.npz",
        landcover=ancient(rules.inspect_landcover.output[0]),
    output:
        f"{R}/elevation/cells/{{cell}}.npz",
    log:
        f"{R}/logs/relief_cell/{{cell}}.log",
    benchmark:
        f"{R}/benchmarks/relief_cell/{{cell}}.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=700,
        runtime=10,
    params:
        raster=opened_elevation,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        resampling=cfg.dataset.elevation.resampling,
        max_nodata=cfg.dataset.elevation.max_nodata,
        nodata=cfg.dataset.elevation.nodata,
        code=code_of("landloom.relief", "landloom.landcover"),
    message:
        "Warping elevation onto the patches of cell {wildcards.cell}"
    script:
        "../scripts/relief_cell.py"
