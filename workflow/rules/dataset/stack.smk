# The split, the stacks of samples, and the proof that they keep their promises.
#
# Rules with long lists of inputs name other files by their paths: to find the rule behind a file,
# Snakemake hashes the whole list once for every file in it.


rule split:
    input:
        coverage=results("landcover/cells.json"),
    output:
        results("dataset/split.gpkg"),
        results("dataset/split.qml"),
    log:
        results("logs/split.log"),
    benchmark:
        results("benchmarks/split.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(370),
        runtime=grown(10),
    params:
        region=list(cfg.dataset.region.bounds),
        n=cfg.dataset.grid.n,
        test_fraction=cfg.dataset.grid.test_fraction,
        seed=cfg.dataset.grid.seed,
        code=code_of("split"),
    message:
        "Choosing the test cells"
    script:
        "../../scripts/split.py"


rule stack:
    input:
        patches=CELL_PATCHES,
        relief=[results(f"elevation/cells/{cell}.npz") for cell in CELLS],
        split=results("dataset/split.gpkg"),
        classes=results("dataset/class_distribution.parquet"),
        landcover=results("landcover/landcover.json"),
    output:
        array=results("dataset/{split}.npy"),
        footprints=results("dataset/{split}.gpkg"),
        style=results("dataset/{split}.qml"),
        counts=results("dataset/{split}.json"),
        notes=notes_beside(results("dataset/{split}.json")),
    log:
        results("logs/stack/{split}.log"),
    benchmark:
        results("benchmarks/stack/{split}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(350),
        runtime=grown(120),
    params:
        cells=CELLS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        # It keeps training samples away from test samples, which all stay.
        buffer_km=lambda wildcards: {"train": cfg.dataset.grid.buffer_km}.get(wildcards.split, 0),
        code=code_of("stack"),
    message:
        "Stacking the {wildcards.split} samples"
    script:
        "../../scripts/stack.py"


rule certificate:
    input:
        arrays=[results(f"dataset/{split}.npy") for split in SPLITS],
        footprints=[results(f"dataset/{split}.gpkg") for split in SPLITS],
        counts=[results(f"dataset/{split}.json") for split in SPLITS],
        split=results("dataset/split.gpkg"),
        classes=results("dataset/class_distribution.parquet"),
        landcover=results("landcover/landcover.json"),
        coverage=results("landcover/cells.json"),
        raster=file_input(LANDCOVER),
        windows=LANDCOVER_WINDOWS,
        elevation=ELEVATION_FILES,
        behind=LANDCOVER_BEHIND + ELEVATION_BEHIND,
        notes=notes_beside(
            results("landcover/landcover.json"),
            results("landcover/cells.json"),
            *[results(f"dataset/{split}.json") for split in SPLITS],
        ),
    output:
        report(
            results("dataset/certificate.json"),
            caption="../../report/certificate.rst",
            category="Dataset",
            labels={"figure": "Certificate (file)"},
        ),
        notes=notes_beside(results("dataset/certificate.json")),
    log:
        results("logs/certificate.log"),
    benchmark:
        results("benchmarks/certificate.tsv")
    conda:
        "../../../envs/landloom.yaml"
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
        code=code_of("certificate"),
    message:
        "Proving the dataset's promises"
    script:
        "../../scripts/certificate.py"


rule autocorrelation:
    input:
        arrays=[results(f"dataset/{split}.npy") for split in SPLITS],
        footprints=[results(f"dataset/{split}.gpkg") for split in SPLITS],
        classes=results("dataset/class_distribution.parquet"),
        landcover=results("landcover/landcover.json"),
    output:
        results("dataset/autocorrelation.json"),
    log:
        results("logs/autocorrelation.log"),
    benchmark:
        results("benchmarks/autocorrelation.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(480),
        runtime=grown(60),
    params:
        splits=SPLITS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        seed=cfg.dataset.grid.seed,
        code=code_of("autocorrelation"),
    message:
        "Looking how far land cover resembles itself"
    script:
        "../../scripts/autocorrelation.py"


rule dataset:
    input:
        rules.class_distribution.output,
        rules.split.output,
        [
            results(f"dataset/{split}{kind}")
            for split in SPLITS
            for kind in (".npy", ".gpkg", ".qml", ".json")
        ],
        rules.certificate.output,
        rules.autocorrelation.output,
        rules.elevation_mosaic.output,
        rules.elevation_tiles.output if ELEVATION.tiled else [],
        own_records("dataset"),
