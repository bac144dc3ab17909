"""Describe the model for catalogues."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.model.item import model_item
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    p, files = snakemake.params, snakemake.input
    bounds = ZonedEmbedding.load(files.embedding).bounds()
    write_json(snakemake.output[0], model_item(files.model, bounds, p.years, p.world))
