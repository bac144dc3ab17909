# What is made of the finished map: a copy without specks, and polygons.
GENERALISE = cfg.map.generalise


if GENERALISE:

    rule generalised_map:
        input:
            landcover=results("map/landcover.tif"),
            plan=results("map/plan.json"),
            classes=results("map/classes.json"),
        output:
            results("map/landcover_generalised.tif"),
            results("map/landcover_generalised.tif.aux.xml"),
        log:
            results("logs/generalised_map.log"),
        benchmark:
            results("benchmarks/generalised_map.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=whole_map_memory,
            runtime=grown(60),
        params:
            rules=GENERALISE.model_dump(),
            code=code_of("generalised_map"),
        message:
            "Generalising the map"
        script:
            "../../scripts/generalised_map.py"


rule map_polygons:
    input:
        landcover=results("map/landcover_generalised.tif" if GENERALISE else "map/landcover.tif"),
        plan=results("map/plan.json"),
        classes=results("map/classes.json"),
    output:
        results("map/polygons.gpkg"),
    log:
        results("logs/map_polygons.log"),
    benchmark:
        results("benchmarks/map_polygons.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=polygons_memory,
        runtime=grown(120),
    params:
        code=code_of("map_polygons"),
    message:
        "Writing the map as polygons"
    script:
        "../../scripts/map_polygons.py"
