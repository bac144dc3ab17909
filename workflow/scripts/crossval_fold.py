"""Let the best model, fitted without a fold, vote on the fold's samples."""

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.evaluation import vote_fold
from landloom.map.crossval.folds import Folds
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    recipe = Recipe.of(read_json(snakemake.input.best), snakemake.params.seed, snakemake.threads)
    recipe.load_kernels()
    X, y = labelled(Points.read(snakemake.input.samples))
    folds = Folds.read(snakemake.input.folds)
    votes = vote_fold(X, y, folds, int(snakemake.wildcards.fold), recipe)
    votes.write(snakemake.output[0])
    log.info("%d samples left out of %d", len(votes.sample), len(y))
