# The pictures of the dataset. They are drawn from its finished files.

DATASET_FIGURES += [
    results(f"figures/{name}")
    for name in [
        "dataset_split.png",
        "dataset_places.png",
        *[f"dataset_patches_{split}.png" for split in SPLITS],
        "dataset_classes.png",
        "dataset_relief.png",
        "elevation_mosaic.png",
        "terrain.gif",
    ]
]


rule figure_split:
    input:
        split=rules.split.output[0],
        footprints=[results(f"dataset/{split}.gpkg") for split in SPLITS],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            results("figures/dataset_split.png"),
            caption="../../report/dataset_split.rst",
            category="Dataset",
            labels={"figure": "Train and test cells"},
        ),
    log:
        results("logs/figure_split.log"),
    benchmark:
        results("benchmarks/figure_split.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        splits=SPLITS,
        world=SYNTHETIC["dataset"],
        code=code_of("figure_split"),
    message:
        "Drawing the split"
    script:
        "../../scripts/figure_split.py"


rule figure_places:
    input:
        split=rules.split.output[0],
        footprints=[results(f"dataset/{split}.gpkg") for split in SPLITS],
        landcover=rules.inspect_landcover.output[0],
        counts=[results(f"dataset/{split}.json") for split in SPLITS],
    output:
        report(
            results("figures/dataset_places.png"),
            caption="../../report/dataset_places.rst",
            category="Dataset",
            labels={"figure": "Places of the samples"},
        ),
    log:
        results("logs/figure_places.log"),
    benchmark:
        results("benchmarks/figure_places.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        splits=SPLITS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        world=SYNTHETIC["dataset"],
        code=code_of("figure_places"),
    message:
        "Drawing the places of the samples"
    script:
        "../../scripts/figure_places.py"


rule figure_patches:
    input:
        array=results("dataset/{split}.npy"),
        footprints=results("dataset/{split}.gpkg"),
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
        mosaic=rules.elevation_mosaic.output[0],
    output:
        report(
            results("figures/dataset_patches_{split}.png"),
            caption="../../report/dataset_patches.rst",
            category="Dataset",
            labels={"figure": "Samples side by side", "split": "{split}"},
        ),
    log:
        results("logs/figure_patches/{split}.log"),
    benchmark:
        results("benchmarks/figure_patches/{split}.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(450),
        runtime=grown(20),
    params:
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        samples=cfg.figures.samples,
        seed=cfg.dataset.grid.seed,
        world=SYNTHETIC["dataset"],
        code=code_of("figure_patches"),
    message:
        "Drawing {wildcards.split} samples"
    script:
        "../../scripts/figure_patches.py"


rule figure_classes:
    input:
        classes=rules.class_distribution.output[0],
        certificate=rules.certificate.output[0],
    output:
        report(
            results("figures/dataset_classes.png"),
            caption="../../report/dataset_classes.rst",
            category="Dataset",
            labels={"figure": "Classes of region, train and test"},
        ),
    log:
        results("logs/figure_classes.log"),
    benchmark:
        results("benchmarks/figure_classes.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        world=SYNTHETIC["dataset"],
        code=code_of("figure_classes"),
    message:
        "Drawing the class shares"
    script:
        "../../scripts/figure_classes.py"


rule figure_relief:
    input:
        array=results("dataset/train.npy"),
        footprints=results("dataset/train.gpkg"),
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            results("figures/dataset_relief.png"),
            caption="../../report/dataset_relief.rst",
            category="Dataset",
            labels={"figure": "Land cover and relief"},
        ),
    log:
        results("logs/figure_relief.log"),
    benchmark:
        results("benchmarks/figure_relief.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(440),
        runtime=grown(20),
    params:
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        samples=cfg.figures.samples,
        seed=cfg.dataset.grid.seed,
        world=SYNTHETIC["dataset"],
        code=code_of("figure_relief"),
    message:
        "Drawing land cover and relief in pairs"
    script:
        "../../scripts/figure_relief.py"


rule figure_mosaic:
    input:
        rules.elevation_mosaic.output[0],
    output:
        report(
            results("figures/elevation_mosaic.png"),
            caption="../../report/elevation_mosaic.rst",
            category="Dataset",
            labels={"figure": "Elevation and slope"},
        ),
    log:
        results("logs/figure_mosaic.log"),
    benchmark:
        results("benchmarks/figure_mosaic.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(520),
        runtime=grown(20),
    params:
        region=list(cfg.dataset.region.bounds),
        world=SYNTHETIC["dataset"],
        code=code_of("figure_mosaic"),
    message:
        "Drawing the elevation mosaic"
    script:
        "../../scripts/figure_mosaic.py"


rule figure_terrain:
    input:
        array=results("dataset/train.npy"),
        footprints=results("dataset/train.gpkg"),
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            results("figures/terrain.gif"),
            caption="../../report/terrain.rst",
            category="Dataset",
            labels={"figure": "Samples as surfaces that turn"},
        ),
    log:
        results("logs/figure_terrain.log"),
    benchmark:
        results("benchmarks/figure_terrain.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(540),
        runtime=grown(60),
    params:
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        rows=cfg.figures.animation.rows,
        columns=cfg.figures.animation.columns,
        frames=cfg.figures.animation.frames,
        fps=cfg.figures.animation.fps,
        seed=cfg.dataset.grid.seed,
        world=SYNTHETIC["dataset"],
        code=code_of("figure_terrain"),
    message:
        "Letting the samples turn"
    script:
        "../../scripts/figure_terrain.py"
