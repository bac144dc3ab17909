"""Make one elevation tile of the user's own uniform."""

from landloom.copies import called
from landloom.elevation.tiles import make_tile
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    source = called(snakemake.input[0]) if snakemake.input else None
    with whole_file(snakemake.output.tile) as draft:
        stats = make_tile(snakemake.wildcards.tile, source, snakemake.params.nodata, draft)
    write_json(snakemake.output.stats, stats.row())
    log.info("%s: %s", stats.source or "no such tile: void, as at sea", stats)
