"""Judge another kind of classifier by the samples and the folds that judge the map's."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.classifiers.comparison import judge_kind
from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.folds import Folds
from landloom.map.points import Points

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    recipe = Recipe.of(read_json(files.best), snakemake.params.seed, snakemake.threads)
    recipe.load_kernels()
    schemes = [Folds.read(path) for path in files.folds]
    told = judge_kind(Points.read(files.samples), recipe, schemes)
    write_json(snakemake.output[0], told)
    log.info("%s", told)
