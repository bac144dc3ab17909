"""Fetch one window of a public embedding."""

from pathlib import Path

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.named.datasets import fetch
from landloom.map.named.windows import window_named
from landloom.sources.catalogue import named

with job(snakemake.log[0], snakemake.resources.attempt):
    p = snakemake.params
    source, raster = named(p.dataset, "embedding"), Path(snakemake.output.raster)
    window = window_named(snakemake.wildcards.window, snakemake.input.windows)
    record = fetch(source, window, raster, snakemake.resources.pause)
    write_json(snakemake.output.record, record.plain())
