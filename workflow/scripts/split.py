"""Choose the test cells."""

from landloom.files import whole_file
from landloom.geopackage import write_gpkg
from landloom.grid import Grid
from landloom.job import job
from landloom.split import choose_test_cells, split_map

with job(snakemake.log[0]) as log:
    p = snakemake.params
    grid = Grid(tuple(p.region), p.n)
    chosen = choose_test_cells(grid, p.test_fraction, p.seed)
    with whole_file(snakemake.output[0]) as draft:
        write_gpkg(split_map(grid, chosen), draft, "split")
    log.info("%d of %d cells are test cells", len(chosen), grid.n**2)
