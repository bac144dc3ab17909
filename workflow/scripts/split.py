"""Choose the test cells."""

from landloom.dataset.cell_coverage import CellCoverage
from landloom.dataset.cells import CellGrid
from landloom.dataset.split import choose_test_cells, split_map
from landloom.job.files import whole_file
from landloom.job.geopackage import write_gpkg
from landloom.job.runner import job
from landloom.legend.qgis import SPLIT_COLORS, style_of_groups, write_style

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    grid = CellGrid(tuple(p.region), p.n)
    bare = CellCoverage.load(snakemake.input.coverage).bare
    chosen = choose_test_cells(grid, p.test_fraction, p.seed, bare)
    with whole_file(snakemake.output[0]) as draft:
        write_gpkg(split_map(grid, chosen), draft, "split")
    groups = {name: (name, color) for name, color in SPLIT_COLORS.items()}
    write_style(snakemake.output[1], style_of_groups("split", groups, alpha=90))
    cells = grid.n**2
    log.info(
        "%d of %d cells are test cells; %d can have patches", len(chosen), cells, cells - len(bare)
    )
