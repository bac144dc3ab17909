# What the rules of the map need from the configuration.
import json
from functools import cache

from landloom.config.map import LARGEST_BLOCK
from landloom.errors import LandloomError
from landloom.job.integrity import refuse_damaged
from landloom.legend.legends import BUILT_IN
from landloom.map.blocks import blocks_aside
from landloom.map.forest.tuning_units import stage1_units, stage2_units
from landloom.map.sheets import side_of_pieces
from landloom.run.planned import bands_and_dtype
from landloom.sources.catalogue import INDEX

STAGE_GRIDS = {
    1: cfg.map.tuning.stage1.model_dump(),
    2: cfg.map.tuning.stage2.model_dump(),
}
OWN_MAX_FEATURES = "max_features" in cfg.map.tuning.stage1.model_fields_set
# Samples that there may be: places, each in every year that is trained on.
MOST_SAMPLES = cfg.map.samples.n * max(1, len(cfg.map.training_years))
MOST_TREES = max(STAGE_GRIDS[2]["n_estimators"])
# The finished model that maps, or none: then there are labels to learn from, in rasters or a table.
MODEL = [cfg.map.model_file] if cfg.map.model_file else []
# Which classifier makes the map, and those beside it; all that differs by its kind follows from here.
# Of a finished model only its file tells.
KIND, KINDS = (None, []) if MODEL else (cfg.map.model.kind, cfg.map.model.kinds)
OF_FOREST = KIND == "forest"
COMPARED = KINDS[1:]
COMPARISON = []
GRIDS = {
    "logistic": cfg.map.tuning.logistic.model_dump(),
    "knn": cfg.map.tuning.knn.model_dump(),
}
# The best parameters of each kind, and nothing else: what decides is apart from what informs, so that
# a candidate that loses makes nothing run again. And the file from which blocks are predicted.
BEST = {kind: results(f"map/tuning/best_{kind}.json") for kind in GRIDS}
BEST["forest"] = results("map/tuning/best_stage2.json")
FLAT = results("map/forest.npz") if OF_FOREST else results("map/classifier.npz")
# What its tuning found, as data and in words.
if OF_FOREST:
    STAGES = [results("map/stage1.json"), results("map/stage2.json")]
    STAGE_TEXTS = [results("map/stage1.txt"), results("map/stage2.txt")]
else:
    STAGES = [] if MODEL else [results(f"map/tuned_{KIND}.json")]
    STAGE_TEXTS = [] if MODEL else [results(f"map/tuned_{KIND}.txt")]
JUDGED_ON = cfg.map.crossval.schemes if cfg.map.crossval else []
# How the tuning's folds are cut: stratified, or as a file tells that one of the schemes makes.
TUNING_SCHEME = cfg.map.tuning_scheme
STRATIFIED_FOLDS = None if TUNING_SCHEME else cfg.map.tuning_folds
FOLDS_KEY = "map.crossval.n" if cfg.map.tuning.folds == "random" else "map.tuning.folds"
TUNING_FOLDS = [results("map/tuning/folds.json")] if TUNING_SCHEME else []
# Scores are kept for as long as the code that scores stays the same.
SCORER = code_of_modules("landloom.map.forest.scoring", versions=SOFTWARE)
UNITS = {1: stage1_units(STAGE_GRIDS[1]), 2: stage2_units(STAGE_GRIDS[2])}
REGION = list(cfg.map.region.bounds) if cfg.map.region else None
REFERENCE = cfg.map.reference
CLASSES = REFERENCE and REFERENCE.classes_table
LEGEND = BUILT_IN.get(CLASSES)
LEGEND_ROWS = LEGEND and [(code, entry.name, entry.color) for code, entry in LEGEND.items()]
CLASSES_TABLE = [own(CLASSES)] if CLASSES and not LEGEND else []
# The rules that make something of each block.
KINDS_OF_BLOCKS = [
    "predict_block",
    *(["applicability_block"] if cfg.map.applicability else []),
    *(["calibrate_block"] if cfg.map.calibration else []),
]
# Ward's clustering holds the distances of 5,000 samples at most, twice.
FOLDS_MEMORY = 420 + 0.003 * MOST_SAMPLES

# What jobs ask for memory by, where a file lies in an object store only and nothing else tells: an
# embedding of so many bands of such numbers, a model of so many bytes. A further attempt gets more.
UNSEEN_EMBEDDING = (64, "float32")
UNSEEN_MODEL = 100e6


# The year, where this is that of another run's further years: for what people read.
OF_YEAR = f", {YEARS_AROUND['YEAR']}" if YEARS_AROUND else ""

# The public embedding that is named, if one is.
NAMED_EMBEDDING = cfg.map.embedding.public


def check_map_crs():
    """End the run where the map's CRS is none, before the embedding is fetched for it."""
    try:
        from landloom.map.map_crs import named_crs
    except ModuleNotFoundError:
        return  # where jobs have environments of their own, one of them tells
    try:
        if cfg.map.predict.crs not in ("native", "auto"):
            named_crs(cfg.map.predict.crs)
    except LandloomError as error:
        sys.exit(f"\n{error}\n")


CHECKS_AT_START.append(check_map_crs)


def forest_memory(trees):
    """Return the megabytes of a job that fits forests of so many trees."""
    samples = MOST_SAMPLES
    return 340 + 0.008 * samples + 2e-5 * samples * trees


# Megabytes of a job that fits a model, by its kind.
FIT_MEMORY = dict.fromkeys(GRIDS, 420 + 0.006 * MOST_SAMPLES)
FIT_MEMORY |= {"forest": forest_memory(MOST_TREES)} if "forest" in KINDS else {}


@cache
def read_json(path, mtime):
    """Read a file once for each time that it was made."""
    try:
        refuse_damaged([path])
    except LandloomError as error:
        sys.exit(f"\n{error}\n")
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_made(checkpoint):
    """Read what a checkpoint made.

    Where that lies in an object store, a file that is opened so is fetched first.
    """
    file = checkpoint.get().output[0]
    with file.open():
        return read_json(file, Path(file).stat().st_mtime_ns)


def window_files(suffix):
    """Return the files of a public embedding's windows, which only the index of its tiles tells."""
    windows = read_made(checkpoints.embedding_windows)["windows"]
    return [results(f"map/embedding/{window['name']}{suffix}") for window in windows]


def window_described(wildcards):
    """Return what is known of a public embedding's window: where that changes, it is fetched anew.

    It takes no `input`: what follows from that is no reason for Snakemake to run a job again.
    """
    path = Path(copies.lies_at(FILES.moved(results("map/embedding/windows.json"))))
    windows = read_json(path, path.stat().st_mtime_ns)["windows"] if path.exists() else []
    return next((window for window in windows if window["name"] == wildcards.window), None)


def megabytes_of_window(columns=8192):
    """Return the megabytes that it takes to fetch a window: strips of it, and what GDAL keeps."""
    return 700 + 64 * 1024 * 1.8 * columns / 1e6


def window_memory(wildcards, attempt):
    """Return the megabytes of a job that fetches a window."""
    about = window_described(wildcards)
    own = megabytes_of_window(about["box"][3] - about["box"][2]) if about else megabytes_of_window()
    return memory(own)(wildcards, attempt)


# The files of the embedding, for `input`, and its rasters as a job is to open them, for `params`.
if NAMED_EMBEDDING:
    EMBEDDING_RASTERS = lambda wildcards: window_files(".tif")
    EMBEDDING_OPENED = lambda wildcards, input: list(map(copies.called, input.rasters))
    EMBEDDING_WINDOWS = [results("map/embedding/windows.json")]
    EMBEDDING_BEHIND = []
else:
    EMBEDDING_RASTERS = file_inputs(cfg.map.embedding.rasters)
    EMBEDDING_OPENED = opened_all(cfg.map.embedding.rasters)
    EMBEDDING_WINDOWS = []
    EMBEDDING_BEHIND = behind(*cfg.map.embedding.rasters)
REFERENCE_RASTERS = REFERENCE.rasters if REFERENCE else []
REFERENCE_BEHIND = behind(*REFERENCE_RASTERS)
REFERENCE_TABLE = [own(REFERENCE.table)] if REFERENCE and REFERENCE.table else []
TABLE_BEHIND = beside(*REFERENCE_TABLE)
OWN_FILES["map"] = [
    *not_made(file_inputs([*cfg.map.embedding.rasters, *REFERENCE_RASTERS])),
    *not_made([*REFERENCE_TABLE, *TABLE_BEHIND, *CLASSES_TABLE, *map(own, MODEL)]),
    *not_made([*EMBEDDING_BEHIND, *REFERENCE_BEHIND]),
]


def read_plan():
    """Return the plan of the map, which only the embedding's size and its rasters' places tell."""
    return read_made(checkpoints.plan_map)


def planned(what, name):
    """Return the names of the blocks from which a zone's map, or a block of the map, is made."""
    known = read_plan()[what] or {}
    if name not in known:
        some = ", ".join(list(known)[:5]) or "none"
        raise WorkflowError(f"map: {name} is not among the plan's {what}, which are {some}, ...")
    return known[name]


# Where what is made of each block lies: of a zone's, and of one of a map of several zones.
BLOCKS = {
    "map": [results("map/blocks"), results("map/mosaic")],
    "applicability": [
        results("map/applicability/blocks"),
        results("map/applicability/mosaic"),
    ],
}


def blocks_called(names, of="map", mosaic=False):
    """Return the files of blocks."""
    return [f"{BLOCKS[of][mosaic]}/{name}.tif" for name in names]


def blocks_of_map(wildcards, of="map"):
    """Return the blocks that are joined to the map: those of its one zone, or its own."""
    plan = read_plan()
    if plan["mosaic"] is None:
        return blocks_called(*plan["zones"].values(), of=of)
    return blocks_called(plan["mosaic"], of=of, mosaic=True)


def block_of_map(wildcards):
    """Return one of the blocks that are joined to the map, by its name."""
    if read_plan()["mosaic"] is None:
        return blocks_called([wildcards.block])[0]
    return results(f"map/mosaic/{wildcards.block}.tif")


def calibrated_blocks(wildcards):
    """Return the calibrated blocks, one for each that is joined to the map."""
    names = [Path(block).name for block in blocks_of_map(wildcards)]
    return [results(f"map/calibrated/blocks/{name}") for name in names]


def blocks_of_zone(wildcards):
    """Return the blocks of a zone."""
    return blocks_called(planned("zones", wildcards.zone))


def blocks_below(wildcards, of="map"):
    """Return the zones' blocks from which one of the map's takes its pixels."""
    return blocks_called(planned("mosaic", wildcards.block), of=of)


def zone_maps(wildcards):
    """Return the maps of the zones, where the map itself has other pixels than these."""
    plan = read_plan()
    layers = ["landcover", *(["confidence"] if cfg.map.predict.confidence else [])]
    layers += ["probabilities"] if cfg.map.predict.probabilities else []
    zones = [] if plan["mosaic"] is None else plan["zones"]
    return [results(f"map/zones/{zone}/{layer}.tif") for zone in zones for layer in layers]


def side_at_once(wildcards):
    """Return the pixels along what a job makes at a time: a block, or a piece of a sheet of them."""
    size = cfg.map.predict.block
    return size if blocks_aside(wildcards.block) == 1 else side_of_pieces(size)


def memory_by_pixels(least, each):
    """Return the megabytes of a job that makes a block, by its pixels."""
    return lambda wildcards, attempt: memory(least + each * side_at_once(wildcards) ** 2)(
        wildcards, attempt
    )


def minutes_of_block(amount):
    """Return the minutes of a job that makes a block, or a sheet of more pixels than any has."""

    def minutes(wildcards, attempt):
        side = cfg.map.predict.block * blocks_aside(wildcards.block)
        return math.ceil(attempt * amount * max(1, (side / LARGEST_BLOCK) ** 2))

    return minutes


def megabytes_of_block(bands, dtype, side=cfg.map.predict.block):
    """Return the megabytes that it takes to predict a block: half as much again as it holds."""
    bits = bands * int(re.sub(r"\D", "", dtype))  # of the values: int8, float32
    return 330 + 2.2e-6 * bits / 8 * side**2


def block_memory(wildcards, input, attempt):
    """Return the megabytes of a job that predicts a block.

    Nearest neighbours hold the samples, besides, as they are and as they are laid out. A machine that
    shares no cache with the one of `compile_kernel` compiles for itself, which takes as much as a block.
    """
    bands, dtype = bands_and_dtype_of(input.embedding)
    own = max(380, megabytes_of_block(bands, dtype, side_at_once(wildcards)))
    return memory(own + 4e-5 * bands * neighbours_held())(wildcards, attempt)


def is_in_store_only(path):
    """Return whether a file may lie in an object store, but not here: jobs elsewhere fetch theirs.

    What a job asks for has to be a number all the same.
    """
    return not Path(path).exists() and bool(folder_of_copies())


def bands_and_dtype_of(embedding):
    """Return what is known of the embedding; by its rasters, where the file is in a store only."""
    if is_in_store_only(embedding):
        return kind_of_embedding() or UNSEEN_EMBEDDING
    about = read_json(embedding, Path(embedding).stat().st_mtime_ns)
    return about["bands"], about["dtype"]


def neighbours_held():
    """Return how many samples a block's job holds, if its model is made of these, or may be."""
    kind, samples = known_model()
    return samples if kind in ("knn", None) else 0


def known_model():
    """Return of which kind the model is and how many samples it has: of a finished one its file's.

    Before that was read it is of no kind.
    """
    path = Path(copies.lies_at(FILES.moved(results("map/imported.json"))))
    if MODEL and path.exists():
        told = read_json(path, path.stat().st_mtime_ns)
        return told["kind"], told["samples"]["number"]
    return KIND, MOST_SAMPLES


@cache
def kind_of_embedding():
    """Return bands and type of the embedding, where no job need have looked at it; else None."""
    if NAMED_EMBEDDING:
        return NAMED_EMBEDDING.promise.bands, NAMED_EMBEDDING.promise.dtype
    if cfg.map.embedding.encoding == "alphaearth":
        return 64, "int8"
    return bands_and_dtype(FILES.moved(cfg.map.embedding.rasters[0]))


def memory_of_blocks():
    """Return the same of blocks that are to be planned yet, where the embedding's kind is known."""
    kind = kind_of_embedding()
    block = cfg.map.predict.block
    side = side_of_pieces(block) if map_size().side > block else block
    return math.ceil(megabytes_of_block(*kind, side)) if kind else None


def whole_map_memory(wildcards, input, attempt):
    """Return the megabytes of a job that holds the map whole, which no plan tells too soon."""
    plan = read_json(input.plan, Path(input.plan).stat().st_mtime_ns)
    return memory(350 + 1e-5 * plan["width"] * plan["height"])(wildcards, attempt)


def polygons_memory(wildcards, input, attempt):
    """Return the megabytes of a job that holds some rows of the map, and the patches in the last."""
    plan = read_json(input.plan, Path(input.plan).stat().st_mtime_ns)
    return memory(600 + 1e-3 * plan["width"])(wildcards, attempt)


def applicability_memory(wildcards, input, attempt):
    """Return the megabytes of a job that compares a block with the samples, which it holds, too."""
    values = bands_and_dtype_of(input.embedding)[0] * MOST_SAMPLES
    if MODEL and not is_in_store_only(input.samples):
        # It alone tells how many samples there are: 8 bytes for each value.
        values = Path(input.samples).stat().st_size / 8
    held = 2.4e-5 * values + 2.4e-5 * side_at_once(wildcards) ** 2
    return math.ceil(block_memory(wildcards, input, attempt) + attempt * held)


def noted_of_samples(wildcards):
    """Return the files beside which it lies what jobs noted on the way to the samples."""
    windows = [*EMBEDDING_WINDOWS, *window_files(".json")] if NAMED_EMBEDDING else []
    own = ("reference.json", "vectors.parquet", "classes.json", "tuning/folds_checked.json")
    learned = ("classes.json",) if MODEL else own
    files = [*windows, *(results(f"map/{name}") for name in ("embedding.json", *learned))]
    return [*files, *notes_beside(*files)]


def unit_files(stage):
    """Return the results of a stage's units."""
    return [results(f"map/tuning/stage{stage}/{unit.name}.json") for unit in UNITS[stage]]


def units_up_to(stage, name):
    """Return a unit and those before it, one of which may grow the same forests.

    Those after it are left out, so that a grid that gains a value leaves the others' jobs alone.
    """
    names = [unit.name for unit in UNITS[stage]]
    return [unit.plain() for unit in UNITS[stage][: names.index(name) + 1]]


def places_of(scheme):
    """Return the places of the map to which distances are compared, where a scheme needs them."""
    return [results("map/crossval/places.json")] if scheme == "knndm" else []


def cut_of(scheme):
    """Return how samples are cut into folds, for `params`; only what the scheme looks at."""
    looked_at = {"n", *({"block_km"} if scheme == "blocks" else ())}
    looked_at |= {"seed"} if scheme != "group" else set()
    return {"scheme": scheme, **cfg.map.folds.model_dump(include=looked_at)}


def compared_with(wildcards):
    """Return what else a model brings along: its samples, as pixels are compared with them."""
    if wildcards.format != "zip" or not cfg.map.applicability:
        return {}
    return {
        "applicability": results("map/applicability/samples.npz"),
        "folds": results(f"map/crossval/{cfg.map.applicability.folds}/folds.json"),
    }


def model_memory(wildcards, input, attempt):
    """Return the megabytes of a job that reads a model: its file, its arrays, and their checks."""
    path = input.model
    size = UNSEEN_MODEL if is_in_store_only(path) else Path(path).stat().st_size
    return memory(450 + 6e-6 * size)(wildcards, attempt)
