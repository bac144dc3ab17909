"""Merge the elevation tiles, or cut the one raster to the region, as one GeoTIFF."""

from landloom.elevation.mosaic import describe_mosaic, join_tiles, mosaic_style, write_mosaic
from landloom.errors import LandloomError
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.legend.qgis import write_style

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    source = p.raster or join_tiles(snakemake.input.elevation)
    if source is None:
        raise LandloomError("no elevation tile of the region exists; correct the source")
    with whole_file(snakemake.output.mosaic) as draft:
        write_mosaic(source, draft, tuple(p.region) if p.raster else None)
    about = describe_mosaic(snakemake.output.mosaic)
    write_json(snakemake.output.about, about)
    write_style(snakemake.output.style, mosaic_style(about))
    log.info("merged %s", p.raster or f"{len(snakemake.input.elevation)} tiles")
    log.info("%d x %d pixels, %.1f %% void", *about["shape"], 100 * about["void_share"])
