"""Warp elevation onto the patches of some cells."""

from pathlib import Path

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.patches import CellPatches
from landloom.dataset.relief import ReliefOptions, extract_relief
from landloom.elevation.mosaic import join_tiles
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    lattice = LandcoverInfo.load(files.landcover).lattice(p.size, p.downsample)
    options = ReliefOptions(p.resampling, p.max_nodata, p.nodata)
    paths = {Path(path).stem: path for path in files.elevation}
    for tiles, patches, output in zip(p.tiles, files.patches, snakemake.output, strict=True):
        rows, cols = CellPatches.load_places(patches)
        source = p.raster or join_tiles([paths[tile] for tile in tiles])
        relief = extract_relief(source, lattice, rows, cols, options)
        with whole_file(output) as draft:
            relief.save(draft)
        log.info(
            "%s: %d of %d patches kept; %d pixels inpainted in %d patches",
            *(Path(output).stem, relief.kept.sum(), relief.kept.size),
            *(relief.filled.sum(), (relief.filled > 0).sum()),
        )
