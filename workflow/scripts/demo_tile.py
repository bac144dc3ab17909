"""Make one of the demo's elevation tiles."""

from landloom.demo.rasters import World, write_tile
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    world = World(tuple(p.bounds), p.seed, tuple(p.missing_tiles))
    with whole_file(snakemake.output[0]) as draft:
        write_tile(world, snakemake.wildcards.tile, draft)
    log.info("%s: %s", snakemake.wildcards.tile, world)
