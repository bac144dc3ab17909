"""Compare elevation tiles, downloads and the user's own files with what they were."""

from landloom.errors import LandloomError
from landloom.job.runner import job
from landloom.sources.own_files import changed_files
from landloom.sources.verification import changed_downloads, changed_tiles, changed_windows

with job(snakemake.log[0], reads=snakemake.input) as log:
    p = snakemake.params
    found = list(changed_downloads(p.downloads))
    for table in snakemake.input.table:
        found += changed_tiles(table, p.tiles)
    for folder in p.windows:
        found += changed_windows(folder)
    for record in p.records:
        found += changed_files(record)
    for line in found:
        log.info("%s", line)
    if found:
        raise LandloomError("\n".join(found))
    log.info("every file is what it was")
    print("verify_sources: every file is what it was when it was made")
