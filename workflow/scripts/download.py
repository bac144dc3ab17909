"""Download one whole file."""

import time
from pathlib import Path

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.download import download

with job(snakemake.log[0]):
    time.sleep(snakemake.resources.pause)
    file = Path(snakemake.output.file)
    done = download(snakemake.params.address, file)
    with whole_file(snakemake.output.digest) as draft:
        draft.write_text(f"{done.sha256}  {file.name}\n", encoding="utf-8")
