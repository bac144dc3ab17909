"""Fetch one window of a public embedding."""

from pathlib import Path

from landloom.errors import LandloomError
from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.named.datasets import fetch
from landloom.map.named.windows import read_windows
from landloom.sources.catalogue import named

with job(
    snakemake.log[0], snakemake.resources.attempt, reads=snakemake.input, writes=snakemake.output
):
    p = snakemake.params
    source, raster = named(p.dataset, "embedding"), Path(snakemake.output.raster)
    known = {window.name: window for window in read_windows(snakemake.input.windows)}
    if snakemake.wildcards.window not in known:
        raise LandloomError(
            f"map.region: {snakemake.wildcards.window} is no window that it needs of {p.dataset}; "
            "map/embedding/windows.json lists those"
        )
    window = known[snakemake.wildcards.window]
    record = fetch(source, window, raster, snakemake.resources.pause)
    write_json(snakemake.output.record, record.plain())
