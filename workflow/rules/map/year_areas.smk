# How much of the map of each year every class has.
YEARS_FILES, YEARS_FIGURES, YEARS_TABLE = [], [], []


if FURTHER_YEARS:

    rule year_areas:
        input:
            areas=[year_file(year, "map/class_areas.json") for year in MAPPED_YEARS],
            classes=results("map/classes.json"),
        output:
            results("years/areas.csv"),
        log:
            results("logs/year_areas.log"),
        benchmark:
            results("benchmarks/year_areas.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(200),
            runtime=grown(10),
        params:
            years=MAPPED_YEARS,
            code=code_of("year_areas"),
        message:
            "Setting the areas of the classes by year side by side"
        script:
            "../../scripts/year_areas.py"

    rule figure_years:
        input:
            areas=rules.year_areas.output[0],
        output:
            report(
                results("figures/map_years.png"),
                caption="../../report/map_years.rst",
                category="Map",
                labels={"figure": "Areas by year"},
            ),
        log:
            results("logs/figure_years.log"),
        benchmark:
            results("benchmarks/figure_years.tsv")
        conda:
            "../../../envs/landloom.yaml"
        resources:
            mem_mb=memory(170),
            runtime=grown(10),
        params:
            code=code_of("figure_years"),
        message:
            "Drawing the areas of the classes by year"
        script:
            "../../scripts/figure_years.py"

    YEARS_TABLE = rules.year_areas.output
    YEARS_FIGURES = [
        *rules.figure_years.output,
        *(figure for year in FURTHER_YEARS for figure in year_module(year).MAP_FIGURES),
    ]
    YEARS_FILES = [YEARS_TABLE, *(getattr(rules, f"year_{y}_map").input for y in FURTHER_YEARS)]
