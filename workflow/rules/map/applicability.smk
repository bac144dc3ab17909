# Where the map may be believed: dissimilarity to the samples, area of applicability, density.
APPLICABILITY = cfg.map.applicability
APPLICABILITY_FILES = []


if APPLICABILITY:

    rule compile_search:
        output:
            results("map/kernel/search.json"),
        log:
            results("logs/compile_search.log"),
        benchmark:
            results("benchmarks/compile_search.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(360),
            runtime=grown(10),
        params:
            code=code_of("compile_search"),
        message:
            "Compiling the search among samples, once for all blocks"
        script:
            "../../scripts/compile_search.py"

    if REFERENCE:

        rule applicability_samples:
            input:
                samples=rules.samples.output[0],
                best=BEST[KIND],
                folds=results(f"map/crossval/{APPLICABILITY.folds}/folds.json"),
                kernel=rules.compile_search.output[0],
            output:
                results("map/applicability/samples.npz"),
            log:
                results("logs/applicability_samples.log"),
            benchmark:
                results("benchmarks/applicability_samples.tsv")
            conda:
                "../../../envs/landloom.yaml"
            threads: 4
            resources:
                mem_mb=memory(FIT_MEMORY[KIND] + 0.003 * MOST_SAMPLES),
                runtime=grown(120),
            params:
                seed=cfg.map.tuning.seed,
                code=code_of("applicability_samples"),
            message:
                "Comparing the samples with each other"
            script:
                "../../scripts/applicability_samples.py"

    rule applicability_block:
        input:
            embedding=rules.inspect_embedding.output[0],
            rasters=EMBEDDING_RASTERS,
            behind=few_for("embedding", EMBEDDING_BEHIND),
            samples=results("map/applicability/samples.npz"),
            kernel=rules.compile_search.output[0],
        output:
            results("map/applicability/blocks/{block}.tif"),
        log:
            results("logs/applicability_block/{block}.log"),
        benchmark:
            results("benchmarks/applicability_block/{block}.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=applicability_memory,
            runtime=minutes_of_block(120),
        params:
            block=cfg.map.predict.block,
            code=code_of("applicability_block"),
        message:
            "Comparing block {wildcards.block} with the samples"
        script:
            "../../scripts/applicability_block.py"

    use rule mosaic_block as applicability_mosaic with:
        input:
            embedding=results("map/embedding.json"),
            plan=results("map/plan.json"),
            blocks=lambda wildcards: blocks_below(wildcards, "applicability"),
        output:
            results("map/applicability/mosaic/{block}.tif"),
        log:
            results("logs/applicability_mosaic/{block}.log"),
        benchmark:
            results("benchmarks/applicability_mosaic/{block}.tsv")
        message:
            "Putting block {wildcards.block} of applicability together from its zones"

    rule dissimilarity_map:
        input:
            plan=results("map/plan.json"),
            blocks=lambda wildcards: blocks_of_map(wildcards, "applicability"),
        output:
            results("map/dissimilarity.tif"),
            results("map/dissimilarity.qml"),
        log:
            results("logs/dissimilarity_map.log"),
        benchmark:
            results("benchmarks/dissimilarity_map.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(370),
            runtime=grown(120),
        params:
            layer="dissimilarity",
            code=code_of("join_applicability"),
        message:
            "Joining the blocks to the map of dissimilarity"
        script:
            "../../scripts/join_applicability.py"

    use rule dissimilarity_map as applicability_map with:
        output:
            results("map/applicability.tif"),
            results("map/applicability.tif.aux.xml"),
            results("map/applicability.qml"),
        log:
            results("logs/applicability_map.log"),
        benchmark:
            results("benchmarks/applicability_map.tsv")
        params:
            layer="applicability",
            code=code_of("join_applicability"),
        message:
            "Joining the blocks to the area of applicability"

    use rule dissimilarity_map as point_density_map with:
        output:
            results("map/point_density.tif"),
            results("map/point_density.qml"),
        log:
            results("logs/point_density_map.log"),
        benchmark:
            results("benchmarks/point_density_map.tsv")
        params:
            layer="point_density",
            code=code_of("join_applicability"),
        message:
            "Joining the blocks to the density of samples"

    rule applicability:
        input:
            landcover=results("map/landcover.tif"),
            applicability=rules.applicability_map.output[0],
            samples=results("map/applicability/samples.npz"),
            classes=results("map/classes.json"),
            folds=results(f"map/crossval/{APPLICABILITY.folds}/folds.json") if REFERENCE else [],
            model=[] if REFERENCE else results("map/imported.json"),
        output:
            results("map/applicability.json"),
            notes=notes_beside(results("map/applicability.json")),
        log:
            results("logs/applicability.log"),
        benchmark:
            results("benchmarks/applicability.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(450),
            runtime=grown(60),
        params:
            code=code_of("applicability"),
        message:
            "Summing up where the map applies"
        script:
            "../../scripts/applicability.py"

    rule figure_applicability:
        input:
            landcover=results("map/landcover.tif"),
            applicability=rules.applicability_map.output[0],
            report=rules.applicability.output[0],
            classes=results("map/classes.json"),
        output:
            report(
                results("figures/map_applicability.png"),
                caption="../../report/map_applicability.rst",
                category="Map",
                labels={"figure": f"Area of applicability{OF_YEAR}"},
            ),
        log:
            results("logs/figure_applicability.log"),
        benchmark:
            results("benchmarks/figure_applicability.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(700),
            runtime=grown(30),
        params:
            world=SYNTHETIC["map"],
            code=code_of("figure_applicability"),
        message:
            "Drawing where the map applies"
        script:
            "../../scripts/figure_applicability.py"

    APPLICABILITY_FILES = [
        *rules.dissimilarity_map.output,
        *rules.applicability_map.output,
        *rules.point_density_map.output,
        *rules.applicability.output,
    ]
