"""Join the calibrated blocks to one of the calibrated maps."""

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.map.calibration.layers import calibrated_layer
from landloom.map.join import join_blocks
from landloom.map.plan import MapPlan

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    plan = MapPlan.load(files.plan)
    layer = calibrated_layer(snakemake.params.layer, read_json(files.calibration))
    blocks = list(zip(plan.blocks, files.blocks, strict=True))
    join_blocks(blocks, plan.grid, layer, snakemake.output)
    log.info("%d blocks joined", len(blocks))
