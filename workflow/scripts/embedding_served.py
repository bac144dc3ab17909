"""Gather which addresses served the windows of a public embedding."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.named.window_fetch import served_by

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    records = [read_json(path) for path in snakemake.input.records]
    for record in records:
        log.info("%s: %s", record["window"], record["address"] or "no address has it: void")
    write_json(snakemake.output[0], served_by(records))
