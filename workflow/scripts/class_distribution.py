"""Sum the cells' histograms to the region's class distribution; find cells without land cover."""

from landloom.dataset.cell_coverage import CellCoverage
from landloom.dataset.patches import CellPatches
from landloom.dataset.stack import class_distribution
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.legends import Entry

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    legend = {code: Entry(name, color) for code, name, color in snakemake.params.legend}
    table = class_distribution(map(CellPatches.load_histogram, snakemake.input), legend)
    with whole_file(snakemake.output.classes) as draft:
        table.to_parquet(draft, index=False)
    log.info("%s", table.to_string(index=False))
    coverage = CellCoverage.of(dict(zip(snakemake.params.cells, snakemake.input, strict=True)))
    coverage.save(snakemake.output.coverage)
    log.info("cells without a patch: %s", coverage.without_patch)
    log.info("cells without a patch of known land cover: %s", coverage.without_land_cover)
