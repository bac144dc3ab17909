"""Let the best forest, fitted without a fold, vote on the fold's samples."""

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.map.crossval.evaluation import ForestRecipe, vote_fold
from landloom.map.crossval.folds import Folds
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    best = read_json(snakemake.input.best)["best_params"]
    recipe = ForestRecipe(best, snakemake.params.seed, snakemake.threads)
    X, y = labelled(Points.read(snakemake.input.samples))
    folds = Folds.read(snakemake.input.folds)
    votes = vote_fold(X, y, folds, int(snakemake.wildcards.fold), recipe)
    votes.write(snakemake.output[0])
    log.info("%d samples left out of %d", len(votes.sample), len(y))
