# How much the jobs of a run have to do, for telling how long it takes.
from contextlib import suppress

from landloom.run.durations import Durations, Job
from landloom.run.outlook import Outlook
from landloom.run.sizes import DatasetSize, EmbeddingSize, MapSize, Sizes


def embedding_size():
    """Return the size of the embedding, as far as it can be told before any job has run."""
    with suppress(Exception):  # none yet, or a damaged one: a job tells
        about = copies.lies_at(FILES.moved(results("map/embedding.json")))
        known = Path(about).read_text(encoding="utf-8")
        return EmbeddingSize.read(json.loads(known))
    if REGION:
        return EmbeddingSize.of_box(REGION)
    if cfg.demo:
        return EmbeddingSize()
    with suppress(Exception):  # a job tells what is wrong with it
        import rasterio  # where jobs have environments of their own, it may not be there

        sizes = []
        for path in file_inputs(cfg.map.embedding.rasters):
            with rasterio.open(FILES.moved(path)) as raster:
                sizes.append(EmbeddingSize(raster.width, raster.height, raster.count))
        return EmbeddingSize.of_tiles(sizes)
    return EmbeddingSize()


def of_any_year(rule_name):
    """Return the name of a rule without the further year of a map that it makes something of."""
    return re.sub(r"^year_\d+_", "", rule_name)


def labelled_points():
    """Return about how many points have labels: those that are drawn, or the rows of a table."""
    if not REFERENCE_TABLE:
        return REFERENCE.n_points
    with suppress(Exception):  # a job tells what is wrong with a table, or makes it
        from landloom.map.label_check import points_at_most
        from landloom.map.label_table import ReferenceTable

        table = ReferenceTable(FILES.moved(REFERENCE_TABLE[0]), **TABLE_COLUMNS)
        if (rows := points_at_most(table)) is not None:
            return rows
    return REFERENCE.n_points


def map_size():
    """Return what the configuration tells of the map, and a finished model that was read."""
    points = 0 if MODEL else labelled_points()
    kind, samples = KIND, MOST_SAMPLES
    with suppress(Exception, SystemExit):  # a damaged file: a job tells
        kind, samples = known_model()
    if not MODEL:  # a place may have a sample in each year that is trained on
        samples = min(samples, points * max(1, len(TRAINING_YEARS)))
    return MapSize(
        embedding=embedding_size(),
        block=cfg.map.predict.block,
        points=points,
        samples=samples,
        folds=cfg.map.tuning_folds,
        grids=STAGE_GRIDS,
        units=UNITS,
        classifier=kind or "forest",
        sheet=cfg.map.predict.sheet,
        kinds=tuple(KINDS_OF_BLOCKS),
    )


def dataset_size():
    """Return what the configuration tells of the dataset."""
    animation = cfg.figures.animation
    return DatasetSize(
        job_pixels=CELL_PIXELS * len(NAMES_OF_A_JOB),
        region_pixels=CELL_PIXELS * cfg.dataset.grid.n**2,
        tiles=len(TILES),
        surfaces=animation.rows * animation.columns * animation.frames,
    )


class Planned:
    """What the run is going to do, as Snakemake knows it and the configuration tells its size."""

    def __init__(self):
        # It takes a moment: the embedding may be opened.
        self._sizes = Sizes(
            dataset_size() if cfg.dataset else None,
            map_size() if cfg.map else None,
            Sizes.degrees(cfg.demo.region.bounds) if cfg.demo else 0.0,
        )

    def jobs(self):
        """Return the jobs that are not finished, and those that will be planned."""
        return self._sizes.to_come([self._job(*told) for told in unfinished()])

    def _job(self, name, rule_name, wildcards, threads, downloads, after):
        rule_name = of_any_year(rule_name)
        size = self.size(rule_name, wildcards, threads)
        cores = threads if runs_jobs_itself() else 1  # of a cluster it is jobs that are counted
        return Job(rule_name, size, cores, downloads, name, after)

    def size(self, rule, wildcards, threads):
        """Return how much a job has to do."""
        return self._sizes.of(rule, wildcards, min(threads, at_once()[0]))

    def at_once(self):
        """Return how many cores jobs have together, and how many downloads at a time."""
        return at_once()


def outlook():
    """Return what follows the jobs of the run."""
    return Outlook(Planned(), Durations.load(), learns=runs_jobs_itself() and not only_touches())
