"""Make the demo's land-cover raster."""

from landloom.demo.rasters import World, write_landcover
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    world = World(tuple(p.bounds), p.seed, tuple(p.missing_tiles))
    with whole_file(snakemake.output[0]) as draft:
        write_landcover(world, draft)
    log.info("%s", world)
