# The maps of further years: for each, this workflow once more as a module of itself, in a folder of
# its own and with the model that is made here.
MAIN_YEAR = cfg.map.embedding.main_year
FURTHER_YEARS = cfg.map.embedding.further_years
TRAINING_YEARS = cfg.map.training_years
MAPPED_YEARS = sorted(cfg.map.embedding.by_year)
# The model that maps them.
MODEL_FILE = cfg.map.model_file or results("map/model.zip")
# What every map of a model is made with; the rest of the configuration is about the model.
SHARED_SECTIONS = ("region", "predict", "generalise")


def year_config(year):
    """Return the configuration of a further year's map."""
    given, embedding = config["map"], cfg.map.embedding
    own = {"raster": embedding.by_year[year], "encoding": embedding.encoding}
    if embedding.nodata is not None:
        own["nodata"] = embedding.nodata
    shared = {name: given[name] for name in SHARED_SECTIONS if given.get(name) is not None}
    if cfg.map.applicability:
        shared["applicability"] = {}
    made = {"results": year_folder(year)}
    return {**made, "map": {"embedding": own, "model": MODEL_FILE, **shared}}


def year_folder(year):
    """Return the folder of all that is made of a further year."""
    return results(f"years/{year}")


def year_module(year):
    """Return the module of a further year, with what its rules need from its configuration."""
    return globals()[f"year_{year}"]


def year_file(year, path):
    """Return a file of a year: of the main one it is that of the run."""
    return results(path) if year == MAIN_YEAR else f"{year_folder(year)}/{path}"


for YEAR in FURTHER_YEARS:
    YEAR_MODULE = f"year_{YEAR}"
    YEAR_PREFIX = f"{YEAR_MODULE}_"
    YEAR_CONFIG = year_config(YEAR)

    module:
        name: YEAR_MODULE
        snakefile:
            "../../Snakefile"
        config:
            YEAR_CONFIG

    use rule * from YEAR_MODULE as YEAR_PREFIX*


# The further years that are looked at before anything is learned: those that are trained on, and
# of a user's own rasters all, since one model needs the same bands in each.
READ_YEARS = [y for y in FURTHER_YEARS if y in TRAINING_YEARS or not NAMED_EMBEDDING]


def rasters_of_training(wildcards):
    """Return the rasters of the further years that are trained on."""
    found = []
    for year in TRAINING_YEARS[1:]:
        rasters = year_module(year).EMBEDDING_RASTERS
        found += rasters(wildcards) if callable(rasters) else rasters
    return found


BEHIND_TRAINING = [file for y in TRAINING_YEARS[1:] for file in year_module(y).EMBEDDING_BEHIND]
