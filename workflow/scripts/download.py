"""Download one whole file."""

import time
from pathlib import Path

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.copies import download_first

with job(snakemake.log[0]):
    time.sleep(snakemake.resources.pause)
    file = Path(snakemake.output.file)
    done = download_first(snakemake.params.addresses, file)
    with whole_file(snakemake.output.digest) as draft:
        draft.write_text(f"{done.sha256}  {file.name}\n")
