"""Describe the embedding, and refuse one whose values are not what they are declared to be."""

from landloom.job.runner import job
from landloom.map.embedding_header import inspect_zones
from landloom.map.embedding_reader import sample_pixels
from landloom.map.encoding_check import check_encoding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    embedding = inspect_zones(p.rasters, p.encoding, p.nodata, p.region)
    for zone in embedding.zones:
        info, grid = zone.info, zone.info.grid
        notes = check_encoding(sample_pixels(info), info)
        log.info("%d x %d pixels, %d bands %s", grid.width, grid.height, info.bands, info.dtype)
        if zone.name:
            log.info("that is zone %s, %s: %d rasters", zone.name, grid.crs.name, len(info.tiles))
        for note in notes:
            log.warning("%s", note)
    embedding.save(snakemake.output[0])
