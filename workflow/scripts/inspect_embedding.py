"""Describe the embedding, and refuse one whose values are not what they are declared to be."""

from landloom.embedding import inspect, sample_pixels
from landloom.encoding import check_encoding
from landloom.files import whole_file
from landloom.job import job

with job(snakemake.log[0]) as log:
    p = snakemake.params
    info = inspect(p.rasters, p.encoding, p.nodata)
    notes = check_encoding(sample_pixels(info), info)
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(info.to_json())
    log.info("%d x %d pixels, %d bands %s", info.width, info.height, info.bands, info.dtype)
    for note in notes:
        log.warning("%s", note)
