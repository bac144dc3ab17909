"""Download one whole file."""

from pathlib import Path

from landloom.job.attempts import persist
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.download import download

with job(snakemake.log[0], snakemake.resources.attempt):
    file, address = Path(snakemake.output.file), snakemake.params.address
    done = persist(lambda: download(address, file), snakemake.resources.pause)
    with whole_file(snakemake.output.digest) as draft:
        draft.write_text(f"{done.sha256}  {file.name}\n", encoding="utf-8")
