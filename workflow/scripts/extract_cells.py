"""Cut, screen and downsample the patches of some cells."""

from pathlib import Path

from landloom.dataset.cells import Cell
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import Screen, extract_cell
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.raster.opening import open_raster

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    screen = Screen(p.legend, p.unknown, dict(p.reject))
    with open_raster(p.raster) as raster:
        lattice = Lattice.over(raster, p.size, p.downsample)
        for box, output in zip(p.cells, snakemake.output, strict=True):
            *bounds, closed_east, closed_north = box
            cell = Cell(tuple(bounds), closed_east, closed_north)
            found = extract_cell(raster, lattice, cell, screen)
            with whole_file(output) as draft:
                found.save(draft)
            name, patches = Path(output).stem, len(found.rows)
            log.info("%s: %d patches; rejected: %s", name, patches, found.rejected)
