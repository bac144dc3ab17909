"""Make the demo's embedding, and reference labels round it."""

from landloom.demo.rasters import World, embedding_grid, write_embedding, write_worldcover
from landloom.job.files import whole_file
from landloom.job.runner import job

MARGIN = 0.01
"""Degrees of reference labels beyond the embedding."""

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    world = World(tuple(p.bounds), p.seed, tuple(p.missing_tiles))
    bounds = embedding_grid(world).lonlat_bounds(MARGIN)
    with whole_file(snakemake.output.embedding) as draft:
        write_embedding(world, draft)
    with whole_file(snakemake.output.worldcover) as draft:
        write_worldcover(world, draft, bounds)
    log.info("%s: %s", world, bounds)
