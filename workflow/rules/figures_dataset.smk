# The pictures of the dataset. They are drawn from its finished files.

DATASET_FIGURES += [
    f"{R}/figures/{name}"
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
        footprints=[f"{R}/dataset/{split}.gpkg" for split in SPLITS],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            f"{R}/figures/dataset_split.png",
            caption="../report/dataset_split.rst",
            category="Dataset",
            labels={"figure": "Train and test cells"},
        ),
    log:
        f"{R}/logs/figure_split.log",
    benchmark:
        f"{R}/benchmarks/figure_split.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        splits=SPLITS,
        code=code_of("landloom.dataset_figures"),
    message:
        "Drawing the split"
    script:
        "../scripts/figure_split.py"


rule figure_places:
    input:
        split=rules.split.output[0],
        footprints=[f"{R}/dataset/{split}.gpkg" for split in SPLITS],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            f"{R}/figures/dataset_places.png",
            caption="../report/dataset_places.rst",
            category="Dataset",
            labels={"figure": "Places of the samples"},
        ),
    log:
        f"{R}/logs/figure_places.log",
    benchmark:
        f"{R}/benchmarks/figure_places.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        splits=SPLITS,
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        code=code_of("landloom.dataset_figures"),
    message:
        "Drawing the places of the samples"
    script:
        "../scripts/figure_places.py"


rule figure_patches:
    input:
        array=f"{R}/dataset/{{split}}.npy",
        footprints=f"{R}/dataset/{{split}}.gpkg",
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            f"{R}/figures/dataset_patches_{{split}}.png",
            caption="../report/dataset_patches.rst",
            category="Dataset",
            labels={"figure": "Samples side by side", "split": "{split}"},
        ),
    log:
        f"{R}/logs/figure_patches/{{split}}.log",
    benchmark:
        f"{R}/benchmarks/figure_patches/{{split}}.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(450),
        runtime=grown(20),
    params:
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        samples=cfg.figures.samples,
        seed=cfg.dataset.grid.seed,
        code=code_of("landloom.patch_figures", "landloom.landcover"),
    message:
        "Drawing {wildcards.split} samples"
    script:
        "../scripts/figure_patches.py"


rule figure_classes:
    input:
        classes=rules.class_distribution.output[0],
        certificate=rules.certificate.output[0],
    output:
        report(
            f"{R}/figures/dataset_classes.png",
            caption="../report/dataset_classes.rst",
            category="Dataset",
            labels={"figure": "Classes of region, train and test"},
        ),
    log:
        f"{R}/logs/figure_classes.log",
    benchmark:
        f"{R}/benchmarks/figure_classes.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(400),
        runtime=grown(20),
    params:
        code=code_of("landloom.dataset_figures"),
    message:
        "Drawing the class shares"
    script:
        "../scripts/figure_classes.py"


rule figure_relief:
    input:
        array=f"{R}/dataset/train.npy",
        footprints=f"{R}/dataset/train.gpkg",
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            f"{R}/figures/dataset_relief.png",
            caption="../report/dataset_relief.rst",
            category="Dataset",
            labels={"figure": "Land cover and relief"},
        ),
    log:
        f"{R}/logs/figure_relief.log",
    benchmark:
        f"{R}/benchmarks/figure_relief.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(440),
        runtime=grown(20),
    params:
        size=cfg.dataset.patches.size,
        downsample=cfg.dataset.patches.downsample,
        samples=cfg.figures.samples,
        seed=cfg.dataset.grid.seed,
        code=code_of("landloom.patch_figures", "landloom.landcover"),
    message:
        "Drawing land cover and relief in pairs"
    script:
        "../scripts/figure_relief.py"


rule figure_mosaic:
    input:
        rules.elevation_mosaic.output[0],
    output:
        report(
            f"{R}/figures/elevation_mosaic.png",
            caption="../report/elevation_mosaic.rst",
            category="Dataset",
            labels={"figure": "Elevation and slope"},
        ),
    log:
        f"{R}/logs/figure_mosaic.log",
    benchmark:
        f"{R}/benchmarks/figure_mosaic.tsv"
    conda:
        "../../envs/landloom.yaml"
    resources:
        mem_mb=memory(260),
        runtime=grown(20),
    params:
        region=list(cfg.dataset.region.bounds),
        code=code_of("landloom.elevation_figure"),
    message:
        "Drawing the elevation mosaic"
    script:
        "../scripts/figure_mosaic.py"


rule figure_terrain:
    input:
        array=f"{R}/dataset/train.npy",
        footprints=f"{R}/dataset/train.gpkg",
        classes=rules.class_distribution.output[0],
        landcover=rules.inspect_landcover.output[0],
    output:
        report(
            f"{R}/figures/terrain.gif",
            caption="../report/terrain.rst",
            category="Dataset",
            labels={"figure": "Samples as surfaces that turn"},
        ),
    log:
        f"{R}/logs/figure_terrain.log",
    benchmark:
        f"{R}/benchmarks/figure_terrain.tsv"
    conda:
        "../../envs/landloom.yaml"
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
        code=code_of("landloom.terrain", "landloom.landcover"),
    message:
        "Letting the samples turn"
    script:
        "../scripts/figure_terrain.py"
