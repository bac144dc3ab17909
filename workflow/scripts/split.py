"""Choose the test cells."""

from landloom.dataset.cell_coverage import CellCoverage
from landloom.dataset.cells import CellGrid
from landloom.dataset.split import choose_test_cells, split_map
from landloom.job.files import whole_file
from landloom.job.geopackage import write_gpkg
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    grid = CellGrid(tuple(p.region), p.n)
    bare = CellCoverage.load(snakemake.input.coverage).bare
    chosen = choose_test_cells(grid, p.test_fraction, p.seed, bare)
    with whole_file(snakemake.output[0]) as draft:
        write_gpkg(split_map(grid, chosen), draft, "split")
    cells = grid.n**2
    log.info(
        "%d of %d cells are test cells; %d can have patches", len(chosen), cells, cells - len(bare)
    )
