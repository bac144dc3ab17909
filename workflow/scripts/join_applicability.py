"""Join the blocks to a layer of where the map applies."""

from landloom.job.runner import job
from landloom.map.applicability.blocks import LAYERS
from landloom.map.join import join_blocks
from landloom.map.plan import MapPlan

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files, layer = snakemake.input, LAYERS[snakemake.params.layer]
    plan = MapPlan.load(files.plan)
    blocks = list(zip(plan.blocks, files.blocks, strict=True))
    join_blocks(blocks, plan.grid, layer, snakemake.output)
    log.info("%d blocks joined", len(blocks))
