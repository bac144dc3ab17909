"""Describe the land cover's tiles as one raster."""

from landloom.dataset.landcover_tiles import join_landcover
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.tiles import find_tiles

with job(snakemake.log[0]) as log:
    p = snakemake.params
    found, missing = find_tiles(p.rasters, tuple(p.region), "dataset.landcover.raster")
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(join_landcover(found), encoding="utf-8")
    log.info("%d tiles joined", len(found))
    for tile in missing:
        log.info("%s does not exist: void, as at sea", tile)
