"""Compare one block of the map with the samples."""

from landloom.errors import LandloomError
from landloom.job.kept import Kept
from landloom.job.runner import job
from landloom.map.applicability.blocks import measure_block
from landloom.map.applicability.samples import Applicability
from landloom.map.applicability.search import SEARCH
from landloom.map.embedding_reader import Embedding
from landloom.map.kernel_cache import load_kernel
from landloom.map.piecewise import Target, make_block
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    name, p = snakemake.wildcards.block, snakemake.params
    zone = ZonedEmbedding.load(snakemake.input.embedding).zone_of(name)
    block = zone.block(name, p.block)
    load_kernel(SEARCH)
    applicability = Applicability.read(snakemake.input.samples)
    try:
        with Embedding(zone.info) as embedding:
            known = make_block(
                Target(snakemake.output[0], zone.info.grid, block, p.block),
                lambda piece: measure_block(embedding, piece, applicability),
                Kept(snakemake.output[0], snakemake.input, p),
            )
    except LandloomError as error:
        raise LandloomError(f"block {name}: {error}") from None
    log.info("%s: %d of %d pixels have data", block, known, block.height * block.width)
