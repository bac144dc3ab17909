"""Describe the land-cover raster, and refuse one that cannot serve."""

from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import coarser_note, inspect_landcover
from landloom.job.runner import job
from landloom.raster.opening import open_raster

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    with open_raster(p.raster) as raster:
        grid = CellGrid(tuple(p.region), p.n)
        info = inspect_landcover(raster, grid, p.size, p.downsample, p.listed, p.reach)
    info.save(snakemake.output[0])
    log.info(
        "%s: %d x %d %s, nodata %s",
        info.raster,
        info.grid.width,
        info.grid.height,
        info.dtype,
        info.nodata,
    )
    log.info("corners (lon, lat): %s", info.corners)
    log.info(
        "region (w, s, e, n): %s; %.1f %% of it lies on the raster",
        info.region,
        100 * info.region_share,
    )
    log.info("a patch measures %.0f x %.0f m on the ground", *info.patch_metres)
    if note := coarser_note(info, p.size * p.downsample, p.resolution):
        log.warning("%s", note)
    log.info("at most %d patches; %d cells have none", info.max_patches, info.empty_cells)
