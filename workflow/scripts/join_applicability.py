"""Join the blocks to a layer of where the map applies."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.map.applicability.blocks import LAYERS
from landloom.map.join import write_map
from landloom.map.plan import MapPlan

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files, layer = snakemake.input, LAYERS[snakemake.params.layer]
    plan = MapPlan.load(files.plan)
    cut = [plan.block(block) for block in plan.block_names]
    with whole_file(snakemake.output[0]) as draft:
        write_map(list(zip(cut, files.blocks, strict=True)), plan.grid, layer, draft)
        if layer.legend:
            draft.with_name(f"{draft.name}.aux.xml").replace(snakemake.output[1])
    log.info("%d blocks joined", len(cut))
