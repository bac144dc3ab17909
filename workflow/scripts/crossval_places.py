"""Draw places of the map, to which the distances of samples are compared."""

from landloom.job.runner import job
from landloom.map.crossval.places import draw_places, write_places
from landloom.map.plan import MapPlan
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    embedding, plan = ZonedEmbedding.load(files.embedding), MapPlan.load(files.plan)
    lon, lat = draw_places(embedding, plan.region, p.n, p.seed)
    write_places(lon, lat, snakemake.output[0])
    log.info("%d places of the map", lon.size)
