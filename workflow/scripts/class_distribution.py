"""Sum the cells' histograms to the region's class distribution."""

from landloom.dataset import class_distribution
from landloom.files import whole_file
from landloom.job import job
from landloom.legends import Entry
from landloom.patches import CellPatches

with job(snakemake.log[0]) as log:
    legend = {code: Entry(name, color) for code, name, color in snakemake.params.legend}
    table = class_distribution(map(CellPatches.load_histogram, snakemake.input), legend)
    with whole_file(snakemake.output[0]) as draft:
        table.to_parquet(draft, index=False)
    log.info("%s", table.to_string(index=False))
