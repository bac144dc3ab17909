"""Describe the embedding, and refuse one whose values are not what they are declared to be."""

from landloom.job.runner import job
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import sample_pixels
from landloom.map.encoding_check import check_encoding
from landloom.map.tile_check import check_tiles

with job(snakemake.log[0]) as log:
    p = snakemake.params
    info = inspect(p.rasters, p.encoding, p.nodata)
    notes = check_encoding(sample_pixels(info), info)
    check_tiles(info)
    info.save(snakemake.output[0])
    log.info(
        "%d x %d pixels, %d bands %s", info.grid.width, info.grid.height, info.bands, info.dtype
    )
    for note in notes:
        log.warning("%s", note)
