"""Fetch the index of a public embedding's tiles."""

from pathlib import Path

from landloom.job.attempts import persist
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.map.named.alphaearth_index import fetch_index
from landloom.sources.copies import digest_text

with job(
    snakemake.log[0], snakemake.resources.attempt, reads=snakemake.input, writes=snakemake.output
):
    p, index = snakemake.params, Path(snakemake.output.index)
    done = persist(lambda: fetch_index(p.addresses, index), snakemake.resources.pause)
    with whole_file(snakemake.output.digest) as draft:
        draft.write_text(digest_text(done, index.name), encoding="utf-8")
    record = {"family": p.family, "address": done.url, "size": done.size, "sha256": done.sha256}
    write_json(snakemake.output.record, record)
