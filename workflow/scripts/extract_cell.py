"""Cut, screen and downsample the patches of one cell."""

from landloom.files import whole_file
from landloom.grid import Cell
from landloom.job import job
from landloom.landcover import lattice_over
from landloom.patches import Screen, extract_cell
from landloom.raster import open_raster

with job(snakemake.log[0]) as log:
    p = snakemake.params
    west, south, east, north, closed_east, closed_north = p.cell
    cell = Cell((west, south, east, north), closed_east, closed_north)
    screen = Screen(p.legend, p.unknown, dict(p.reject))
    with open_raster(p.raster) as raster:
        found = extract_cell(raster, lattice_over(raster, p.size, p.downsample), cell, screen)
    with whole_file(snakemake.output[0]) as draft:
        found.save(draft)
    log.info("%d patches; rejected: %s", len(found.rows), found.rejected)
