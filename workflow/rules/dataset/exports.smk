# The dataset for others: its index, its descriptions, and its samples in forms that others read.
# None of it is made unless it is asked for by name.
ARRAYS = [results(f"dataset/{split}.npy") for split in SPLITS]
FOOTPRINTS = [results(f"dataset/{split}.gpkg") for split in SPLITS]
PUBLICATION = (
    cfg.dataset.publication.model_dump(exclude_none=True) if cfg.dataset.publication else {}
)
RECIPE = {
    "region": list(cfg.dataset.region.bounds),
    "n": cfg.dataset.grid.n,
    "test_fraction": cfg.dataset.grid.test_fraction,
    "buffer_km": cfg.dataset.grid.buffer_km,
    "seed": cfg.dataset.grid.seed,
    "size": cfg.dataset.patches.size,
    "downsample": cfg.dataset.patches.downsample,
    "reject": list(cfg.dataset.landcover.rejected.items()),
    "max_nodata": ELEVATION.max_nodata,
    "resampling": ELEVATION.resampling,
}
DATASET_USES = [use for use in cfg.uses if use[0].startswith("dataset.")]


rule dataset_index:
    input:
        arrays=ARRAYS,
        footprints=FOOTPRINTS,
        classes=results("dataset/class_distribution.parquet"),
    output:
        results("dataset/index.parquet"),
    log:
        results("logs/dataset_index.log"),
    benchmark:
        results("benchmarks/dataset_index.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(550),
        runtime=grown(60),
    params:
        splits=SPLITS,
        code=code_of("dataset_index"),
    message:
        "Listing all samples in one table"
    script:
        "../../scripts/dataset_index.py"


rule dataset_croissant:
    input:
        arrays=ARRAYS,
        footprints=FOOTPRINTS,
        index=rules.dataset_index.output[0],
        cells=results("dataset/split.gpkg"),
        classes=results("dataset/class_distribution.parquet"),
        certificate=results("dataset/certificate.json"),
        likeness=rules.autocorrelation.output[0],
        landcover=results("landcover/landcover.json"),
    output:
        results("dataset/croissant.json"),
    log:
        results("logs/dataset_croissant.log"),
    benchmark:
        results("benchmarks/dataset_croissant.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(300),
        runtime=grown(60),
    params:
        # Functions: their braces are no wildcards.
        told=lambda wildcards: PUBLICATION,
        uses=lambda wildcards: DATASET_USES,
        recipe=RECIPE,
        code=code_of("dataset_croissant"),
    message:
        "Describing the dataset for machines"
    script:
        "../../scripts/dataset_croissant.py"


rule datasheet:
    input:
        classes=results("dataset/class_distribution.parquet"),
        certificate=results("dataset/certificate.json"),
        likeness=rules.autocorrelation.output[0],
        landcover=results("landcover/landcover.json"),
    output:
        results("dataset/datasheet.md"),
    log:
        results("logs/datasheet.log"),
    benchmark:
        results("benchmarks/datasheet.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(300),
        runtime=grown(10),
    params:
        told=lambda wildcards: PUBLICATION,
        uses=lambda wildcards: DATASET_USES,
        recipe=RECIPE,
        code=code_of("datasheet"),
    message:
        "Describing the dataset for people"
    script:
        "../../scripts/datasheet.py"


rule dataset_chips:
    input:
        arrays=ARRAYS,
        footprints=FOOTPRINTS,
        classes=results("dataset/class_distribution.parquet"),
        landcover=results("landcover/landcover.json"),
    output:
        results("dataset/export/chips.zip"),
    log:
        results("logs/dataset_chips.log"),
    benchmark:
        results("benchmarks/dataset_chips.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(120),
    params:
        splits=SPLITS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        code=code_of("export_chips"),
    message:
        "Writing the samples as GeoTIFFs"
    script:
        "../../scripts/export_chips.py"


rule dataset_shards:
    input:
        arrays=ARRAYS,
        footprints=FOOTPRINTS,
        classes=results("dataset/class_distribution.parquet"),
    output:
        directory(results("dataset/export/shards")),
    log:
        results("logs/dataset_shards.log"),
    benchmark:
        results("benchmarks/dataset_shards.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(600),
        runtime=grown(120),
    params:
        splits=SPLITS,
        seed=cfg.dataset.grid.seed,
        code=code_of("export_shards"),
    message:
        "Writing the samples as shards"
    script:
        "../../scripts/export_shards.py"


rule dataset_zarr:
    input:
        arrays=ARRAYS,
        footprints=FOOTPRINTS,
        classes=results("dataset/class_distribution.parquet"),
        landcover=results("landcover/landcover.json"),
    output:
        results("dataset/export/samples.zarr.zip"),
    log:
        results("logs/dataset_zarr.log"),
    benchmark:
        results("benchmarks/dataset_zarr.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(120),
    params:
        splits=SPLITS,
        code=code_of("export_zarr"),
    message:
        "Writing the samples as a Zarr store"
    script:
        "../../scripts/export_zarr.py"


rule publish:
    input:
        rules.dataset_croissant.output,
        rules.datasheet.output,
