"""Download one whole file."""

from pathlib import Path

from landloom.job.attempts import persist
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.copies import digest_text, download_first

with job(snakemake.log[0], snakemake.resources.attempt):
    file, addresses = Path(snakemake.output.file), snakemake.params.addresses
    done = persist(lambda: download_first(addresses, file), snakemake.resources.pause)
    with whole_file(snakemake.output.digest) as draft:
        draft.write_text(digest_text(done, file.name), encoding="utf-8")
