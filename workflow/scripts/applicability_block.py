"""Compare one block of the map with the samples."""

from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.values import VOID
from landloom.map.applicability.blocks import measure_block
from landloom.map.applicability.samples import Applicability
from landloom.map.applicability.search import SEARCH
from landloom.map.embedding_reader import Embedding
from landloom.map.kernel_cache import load_kernel
from landloom.map.prediction import write_block
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    name = snakemake.wildcards.block
    zone = ZonedEmbedding.load(snakemake.input.embedding).zone_of(name)
    block = zone.block(name, snakemake.params.block)
    load_kernel(SEARCH)
    applicability = Applicability.read(snakemake.input.samples)
    try:
        with Embedding(zone.info) as embedding:
            pixels = measure_block(embedding, block, applicability)
    except LandloomError as error:
        raise LandloomError(f"block {name}: {error}") from None
    with whole_file(snakemake.output[0]) as draft:
        write_block(pixels, zone.info.grid, block, draft)
    log.info("%s: %d of %d pixels have data", block, (pixels[0] != VOID).sum(), pixels[0].size)
