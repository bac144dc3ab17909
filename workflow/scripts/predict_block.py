"""Predict one block of the map."""

from pathlib import Path

from landloom.embedding import Embedding, EmbeddingInfo
from landloom.errors import LandloomError
from landloom.files import whole_file
from landloom.forest import FlatForest, keep_kernel
from landloom.grid import block_named
from landloom.job import job
from landloom.mapping import NODATA, predict_block, write_block

with job(snakemake.log[0]) as log:
    p = snakemake.params
    info = EmbeddingInfo.from_json(Path(snakemake.input.embedding).read_text())
    block = block_named(snakemake.wildcards.block, info.width, info.height, p.block)
    keep_kernel(Path(snakemake.input.kernel).parent)
    forest = FlatForest.load(snakemake.input.forest)
    try:
        with Embedding(info) as embedding:
            pixels = predict_block(embedding, block, forest, p.shares)
    except LandloomError as error:
        raise LandloomError(f"block {block.name}: {error}") from None
    with whole_file(snakemake.output[0]) as draft:
        write_block(pixels, info, block, draft)
    log.info("%s: %d of %d pixels have data", block, (pixels[0] != NODATA).sum(), pixels[0].size)
