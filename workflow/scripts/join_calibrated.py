"""Join the calibrated blocks to one of the calibrated maps."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.calibration.layers import calibrated_layer
from landloom.map.join import write_map
from landloom.map.plan import MapPlan

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    plan = MapPlan.load(files.plan)
    cut = [plan.block(name) for name in plan.block_names]
    layer = calibrated_layer(snakemake.params.layer, read_json(files.calibration))
    with whole_file(snakemake.output[0]) as draft:
        write_map(list(zip(cut, files.blocks, strict=True)), plan.grid, layer, draft)
    log.info("%d blocks joined", len(cut))
