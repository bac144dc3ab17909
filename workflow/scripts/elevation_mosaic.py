"""Merge the elevation tiles, or cut the one raster to the region, as one GeoTIFF."""

from landloom.elevation.mosaic import join_tiles, write_mosaic
from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    source = p.raster or join_tiles(snakemake.input.elevation)
    if source is None:
        raise LandloomError("no elevation tile of the region exists; correct the source")
    with whole_file(snakemake.output[0]) as draft:
        write_mosaic(source, draft, tuple(p.region) if p.raster else None)
    log.info("merged %s", p.raster or f"{len(snakemake.input.elevation)} tiles")
