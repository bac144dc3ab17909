"""Refuse values of the tuning's grid that do not suit the embedding, before anything is fitted."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.forest.grid_check import check_max_features
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    info = ZonedEmbedding.load(snakemake.input.embedding).common
    values = snakemake.params.max_features
    check_max_features(values, info.bands)
    write_json(snakemake.output[0], {"bands": info.bands})
    log.info("%s of %d bands", values, info.bands)
