"""Put one block of the map together from what was predicted in the embedding's zones."""

from landloom.job.kept import Kept, clear
from landloom.job.runner import job
from landloom.map.mosaic import mosaic_block
from landloom.map.piecewise import Target, make_block
from landloom.map.plan import MapPlan
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    embedding, plan = ZonedEmbedding.load(files.embedding), MapPlan.load(files.plan)
    name = snakemake.wildcards.block
    block = plan.block(name)
    parts = dict(zip(plan.mosaic[name], files.blocks, strict=True))
    known = make_block(
        Target(snakemake.output[0], plan.grid, block, plan.size),
        lambda piece: mosaic_block(plan, embedding, piece, parts),
        Kept(snakemake.output[0], files, snakemake.params),
    )
    clear(files.blocks)
    log.info("%s: %d of %d pixels have data", block, known, block.height * block.width)
