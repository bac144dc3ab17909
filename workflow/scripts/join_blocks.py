"""Join the blocks to one of the maps."""

from pathlib import Path

from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.classifiers.words import BAND_OF_CONFIDENCE
from landloom.map.join import Layer, join_blocks, share_names
from landloom.map.plan import MapPlan
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    if snakemake.wildcards.get("zone"):
        names = [Path(block).stem for block in files.blocks]
        zone = ZonedEmbedding.load(files.embedding).zone_of(names[0])
        grid, cut = zone.info.grid, [zone.block(name, p.block) for name in names]
    else:
        plan = MapPlan.load(files.plan)
        grid, cut = plan.grid, plan.blocks
    classes = read_classes(files.classes)
    if p.layer == "confidence":  # of a finished model its file tells what that is
        kind = p.kind or read_json(files.model)["kind"]
        layer = Layer({2: BAND_OF_CONFIDENCE[kind]}, unit="%", shown=(0, 100))
    elif p.layer == "probabilities":
        layer = Layer(dict(enumerate(share_names(classes), start=3)), unit="%")
    else:
        layer = Layer({1: "land cover class"}, classes)
    join_blocks(list(zip(cut, files.blocks, strict=True)), grid, layer, snakemake.output)
    log.info("%d blocks joined", len(cut))
