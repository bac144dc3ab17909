"""Warp elevation onto the patches of one cell."""

from landloom.elevation import join_tiles
from landloom.files import whole_file
from landloom.job import job
from landloom.landcover import LandcoverInfo
from landloom.patches import CellPatches
from landloom.relief import ReliefOptions, extract_relief

with job(snakemake.log[0]) as log:
    p = snakemake.params
    lattice = LandcoverInfo.load(snakemake.input.landcover).lattice(p.size, p.downsample)
    rows, cols = CellPatches.load_places(snakemake.input.patches)
    source = p.raster or join_tiles(snakemake.input.elevation)
    options = ReliefOptions(p.resampling, p.max_nodata, p.nodata)
    relief = extract_relief(source, lattice, rows, cols, options)
    with whole_file(snakemake.output[0]) as draft:
        relief.save(draft)
    log.info("%d of %d patches kept", relief.kept.sum(), relief.kept.size)
    log.info("%d pixels inpainted in %d patches", relief.filled.sum(), (relief.filled > 0).sum())
