"""Fetch one elevation tile, unless it is kept from another run, and make it uniform."""

from landloom.elevation.store import TileStore
from landloom.job.attempts import persist
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job

with job(
    snakemake.log[0], snakemake.resources.attempt, reads=snakemake.input, writes=snakemake.output
) as log:
    p, tile = snakemake.params, snakemake.wildcards.tile
    store = TileStore(p.store, p.address, p.nodata)
    with whole_file(snakemake.output.tile) as draft:
        stats = persist(lambda: store.take(tile, draft), snakemake.resources.pause)
    write_json(snakemake.output.stats, stats.row())
    log.info("%s: %s", stats.source or "no such tile: void, as at sea", stats)
