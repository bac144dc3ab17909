"""Fit the best model on all samples, and write it for people and for the blocks."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.classifiers.kinds import Recipe
from landloom.map.forest.forest import save_model
from landloom.map.points import Points
from landloom.map.prediction import for_stored_values
from landloom.map.sample_table import labelled
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    info = ZonedEmbedding.load(snakemake.input.embedding).common
    recipe = Recipe.of(read_json(snakemake.input.best), snakemake.params.seed, snakemake.threads)
    X, y = labelled(Points.read(snakemake.input.samples))
    model = recipe.fit(X, y)
    with whole_file(snakemake.output.model) as draft:
        save_model(model.estimator, draft)
    with whole_file(snakemake.output.flat) as draft:
        for_stored_values(model.classifier, info).save(draft)
    log.info("%s, fitted on %d samples of %d classes", model.estimator, len(y), len(model.classes))
