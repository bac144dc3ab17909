"""Join the blocks to one of the maps."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.map.embedding import EmbeddingInfo
from landloom.map.join import share_names, write_map
from landloom.map.points import Points

with job(snakemake.log[0]) as log:
    p, files = snakemake.params, snakemake.input
    info = EmbeddingInfo.load(files.embedding)
    cut = info.blocks(p.block)
    classes = Points.read(files.samples).classes
    bands = {
        "classes": {1: ""},
        "confidence": {2: ""},
        "probabilities": dict(enumerate(share_names(classes), start=3)),
    }[p.layer]
    legend = classes if p.layer == "classes" else {}
    with whole_file(snakemake.output[0]) as draft:
        write_map(list(zip(cut, files.blocks, strict=True)), info, bands, legend, draft)
        if legend:
            draft.with_name(f"{draft.name}.aux.xml").replace(snakemake.output[1])
    log.info("%d blocks joined", len(cut))
