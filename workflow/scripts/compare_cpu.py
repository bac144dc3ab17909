"""Measure the processor's time that kinds of classifiers take; no two runs of it are alike."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.classifiers.comparison import cpu_times
from landloom.map.classifiers.kinds import Recipe
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    recipes = [Recipe.of(read_json(path), snakemake.params.seed) for path in snakemake.input.best]
    for recipe in recipes:
        recipe.load_kernels(all_of=True)
    told = cpu_times(*labelled(Points.read(snakemake.input.samples)), recipes)
    write_json(snakemake.output[0], told)
    log.info("%s", told)
