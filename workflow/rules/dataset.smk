# The split, the stacks of samples, and the proof that they keep their promises.
#
# Rules with long lists of inputs name other files by their paths: to find the rule behind a file,
# Snakemake hashes the whole list once for every file in it.


rule split:
    output:
        f"{R}/dataset/split.gpkg",
    log:
        f"{R}/logs/split.log",
    benchmark:
        f"{R}/benchmarks/split.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(370),
        runtime=grown(10),
    params:
        region=list(cfg.dataset.region.bounds),
        n=cfg.dataset.grid.n,
        test_fraction=cfg.dataset.grid.test_fraction,
        seed=cfg.dataset.grid.seed,
        code=code_of("landloom.split", "landloom.geopackage"),
    message:
        "Choosing the test cells"
    script:
        "../scripts/split.py"


rule stack:
    input:
        patches=CELL_PATCHES,
        relief=[f"{R}/elevation/cells/{cell}.npz" for cell in CELLS],
        split=f"{R}/dataset/split.gpkg",
        classes=f"{R}/dataset/class_distribution.parquet",
        landcover=f"{R}/landcover/landcover.json",
    output:
        array=f"{R}/dataset/{{split}}.npy",
        footprints=f"{R}/dataset/{{split}}.gpkg",
        counts=f"{R}/dataset/{{split}}.json",
    log:
        f"{R}/logs/stack/{{split}}.log",
    benchmark:
        f"{R}/benchmarks/stack/{{split}}.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(350),
        runtime=grown(120),
    params:
        cells=CELLS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        buffer_km=cfg.dataset.grid.buffer_km,
        code=code_of("landloom.dataset", "landloom.landcover"),
    message:
        "Stacking the {wildcards.split} samples"
    script:
        "../scripts/stack.py"


rule certificate:
    input:
        arrays=[f"{R}/dataset/{split}.npy" for split in SPLITS],
        footprints=[f"{R}/dataset/{split}.gpkg" for split in SPLITS],
        counts=[f"{R}/dataset/{split}.json" for split in SPLITS],
        split=f"{R}/dataset/split.gpkg",
        classes=f"{R}/dataset/class_distribution.parquet",
        raster=file_input(LANDCOVER),
        elevation=ELEVATION_FILES,
    output:
        report(
            f"{R}/dataset/certificate.json",
            caption="../report/certificate.rst",
            category="Dataset",
            labels={"figure": "Certificate (file)"},
        ),
    log:
        f"{R}/logs/certificate.log",
    benchmark:
        f"{R}/benchmarks/certificate.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(650),
        runtime=grown(120),
    params:
        splits=SPLITS,
        landcover=opened(LANDCOVER),
        elevation=opened_elevation,
        tiles=TILES,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        buffer_km=cfg.dataset.grid.buffer_km,
        unknown=cfg.dataset.landcover.unknown_codes,
        reject=list(cfg.dataset.landcover.rejected.items()),
        resampling=ELEVATION.resampling,
        nodata=ELEVATION.nodata,
        code=code_of("landloom.certificate"),
    message:
        "Proving the dataset's promises"
    script:
        "../scripts/certificate.py"


rule dataset:
    input:
        rules.class_distribution.output,
        rules.split.output,
        expand(rules.stack.output, split=SPLITS),
        rules.certificate.output,
        rules.elevation_mosaic.output,
        rules.elevation_tiles.output if ELEVATION.tiled else [],
