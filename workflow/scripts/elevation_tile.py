"""Make one elevation tile uniform, fetching it first where it comes over a network."""

import time

from landloom.elevation import make_tile
from landloom.files import whole_file, write_json
from landloom.job import job
from landloom.tile_store import TileStore

with job(snakemake.log[0]) as log:
    p, tile = snakemake.params, snakemake.wildcards.tile
    with whole_file(snakemake.output.tile) as draft:
        if p.store:
            time.sleep(snakemake.resources.pause)
            stats = TileStore(p.store, p.address, p.nodata).take(tile, draft)
        else:
            source = snakemake.input[0] if snakemake.input else None
            stats = make_tile(tile, source, p.nodata, draft)
    write_json(snakemake.output.stats, stats.row())
    log.info("%s: %s", stats.source or "no such tile: void, as at sea", stats)
