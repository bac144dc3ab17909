"""Make the demo's embedding of a later year, in which a town has grown."""

from landloom.demo.rasters import World, write_embedding
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    world = World(tuple(p.bounds), p.seed, tuple(p.missing_tiles))
    with whole_file(snakemake.output[0]) as draft:
        write_embedding(world, draft, later=True)
    log.info("%s", world)
