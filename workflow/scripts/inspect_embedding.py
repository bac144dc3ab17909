"""Describe the embedding, and refuse one whose values are not what they are declared to be."""

from pathlib import Path

from landloom.job.runner import job
from landloom.map.embedding_header import inspect_zones
from landloom.map.named.windows import read_windows
from landloom.map.region_share import told_of_region
from landloom.map.zone_check import check_zones

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, windows = snakemake.params, snakemake.input.windows
    told = {window.name: window.footprint for window in read_windows(windows[0])} if windows else {}
    ground = {path: told[Path(path).stem] for path in p.rasters} if told else None
    embedding = inspect_zones(p.rasters, p.encoding, p.nodata, p.region, ground)
    embedding, notes = check_zones(embedding)
    for zone in embedding.zones:
        info, grid = zone.info, zone.info.grid
        log.info("%d x %d pixels, %d bands %s", grid.width, grid.height, info.bands, info.dtype)
        if zone.name:
            log.info("that is zone %s, %s: %d rasters", zone.name, grid.crs.name, len(info.tiles))
    for note in [*notes, *(told_of_region(embedding, p.region) if p.region else [])]:
        log.warning("%s", note)
    embedding.save(snakemake.output[0])
