"""Join the blocks to one of the maps."""

from pathlib import Path

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.map.join import Layer, share_names, write_map
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    if snakemake.wildcards.get("zone"):
        names = [Path(block).stem for block in files.blocks]
        zone = ZonedEmbedding.load(files.embedding).zone_of(names[0])
        grid, cut = zone.info.grid, [zone.block(name, p.block) for name in names]
    else:
        plan = MapPlan.load(files.plan)
        grid, cut = plan.grid, [plan.block(block) for block in plan.block_names]
    classes = Points.read(files.samples).classes
    layer = {
        "classes": Layer({1: ""}, classes),
        "confidence": Layer({2: ""}),
        "probabilities": Layer(dict(enumerate(share_names(classes), start=3))),
    }[p.layer]
    with whole_file(snakemake.output[0]) as draft:
        write_map(list(zip(cut, files.blocks, strict=True)), grid, layer, draft)
        if layer.legend:
            draft.with_name(f"{draft.name}.aux.xml").replace(snakemake.output[1])
    log.info("%d blocks joined", len(cut))
