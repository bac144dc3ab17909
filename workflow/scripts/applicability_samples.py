"""Compare the samples with each other: from where on a pixel is unlike them."""

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.map.applicability.samples import Applicability
from landloom.map.applicability.search import SEARCH
from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.folds import Folds
from landloom.map.kernel_cache import load_kernel
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    load_kernel(SEARCH)
    X, y = labelled(Points.read(files.samples))
    recipe = Recipe.of(read_json(files.best), snakemake.params.seed, snakemake.threads)
    # The model of the map anew, for its importances: its file is a pickle, which is not opened.
    importances = recipe.fit(X, y).importances
    applicability = Applicability.of(X, importances, Folds.read(files.folds))
    applicability.write(snakemake.output[0])
    log.info("%s", applicability.plain())
