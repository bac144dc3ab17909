"""Put one block of the map together from what was predicted in the embedding's zones."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.values import void_of
from landloom.map.mosaic import mosaic_block
from landloom.map.plan import MapPlan
from landloom.map.prediction import write_block
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    embedding, plan = ZonedEmbedding.load(files.embedding), MapPlan.load(files.plan)
    name = snakemake.wildcards.block
    block = plan.block(name)
    parts = dict(zip(plan.mosaic[name], files.blocks, strict=True))
    pixels = mosaic_block(plan, embedding, block, parts)
    with whole_file(snakemake.output[0]) as draft:
        write_block(pixels, plan.grid, block, draft)
    valid = (pixels[0] != void_of(pixels.dtype)).sum()
    log.info("%s: %d of %d pixels have data", block, valid, pixels[0].size)
