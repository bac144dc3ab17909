# The map, and the model, described for catalogues.

# The year that a map shows: of a further one, of lines of years, or by the name of the embedding.
YEAR_SHOWN = YEARS_AROUND["YEAR"] if YEARS_AROUND else cfg.map.embedding.main_year
if YEAR_SHOWN is None and NAMED_EMBEDDING:
    YEAR_SHOWN = NAMED_EMBEDDING.year


rule map_item:
    input:
        classes=results("map/classes.json"),
        calibration=results("map/calibration.json") if CALIBRATION else [],
        landcover=rules.landcover_map.output[0],
        names=rules.landcover_map.output[1],
        confidence=rules.confidence_map.output[0] if cfg.map.predict.confidence else [],
        probabilities=rules.probability_map.output[0] if cfg.map.predict.probabilities else [],
        landcover_generalised=rules.generalised_map.output[0] if GENERALISE else [],
        polygons=rules.map_polygons.output[0] if cfg.map.predict.polygons else [],
        dissimilarity=rules.dissimilarity_map.output[0] if APPLICABILITY else [],
        applicability=rules.applicability_map.output[0] if APPLICABILITY else [],
        point_density=rules.point_density_map.output[0] if APPLICABILITY else [],
        calibrated_confidence=rules.calibrated_confidence_map.output[0] if CALIBRATION else [],
        set_size=rules.set_size_map.output[0] if CALIBRATION else [],
        class_set=rules.class_set_map.output[0] if CALIBRATION else [],
    output:
        results("map/item.json"),
    log:
        results("logs/map_item.log"),
    benchmark:
        results("benchmarks/map_item.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(180),
        runtime=grown(10),
    params:
        year=YEAR_SHOWN,
        world=SYNTHETIC["map"],
        code=code_of("map_item"),
    message:
        f"Describing the map for catalogues{OF_YEAR}"
    script:
        "../../scripts/map_item.py"
