"""Cut, screen and downsample the patches of some cells."""

from pathlib import Path

from landloom.files import whole_file
from landloom.grid import Cell
from landloom.job import job
from landloom.landcover import lattice_over
from landloom.patches import Screen, extract_cell
from landloom.raster import open_raster

with job(snakemake.log[0]) as log:
    p = snakemake.params
    screen = Screen(p.legend, p.unknown, dict(p.reject))
    with open_raster(p.raster) as raster:
        lattice = lattice_over(raster, p.size, p.downsample)
        for box, output in zip(p.cells, snakemake.output, strict=True):
            *bounds, closed_east, closed_north = box
            cell = Cell(tuple(bounds), closed_east, closed_north)
            found = extract_cell(raster, lattice, cell, screen)
            with whole_file(output) as draft:
                found.save(draft)
            name, patches = Path(output).stem, len(found.rows)
            log.info("%s: %d patches; rejected: %s", name, patches, found.rejected)
