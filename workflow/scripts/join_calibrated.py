"""Join the calibrated blocks to one of the calibrated maps."""

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.calibration.layers import calibrated_layer
from landloom.map.join import join_blocks
from landloom.map.plan import MapPlan

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    plan = MapPlan.load(files.plan)
    told, classes = read_json(files.calibration), read_classes(files.classes)
    layer = calibrated_layer(snakemake.params.layer, told, classes)
    blocks = list(zip(plan.blocks, files.blocks, strict=True))
    join_blocks(blocks, plan.grid, layer, snakemake.output)
    log.info("%d blocks joined", len(blocks))
