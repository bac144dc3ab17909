"""Fetch one elevation tile, unless it is kept from another run, and make it uniform."""

import time

from landloom.elevation.store import TileStore
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job

with job(snakemake.log[0]) as log:
    p, tile = snakemake.params, snakemake.wildcards.tile
    with whole_file(snakemake.output.tile) as draft:
        time.sleep(snakemake.resources.pause)
        stats = TileStore(p.store, p.address, p.nodata).take(tile, draft)
    write_json(snakemake.output.stats, stats.row())
    log.info("%s: %s", stats.source or "no such tile: void, as at sea", stats)
