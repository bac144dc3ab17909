"""Delete the finished files that are damaged, so that the next run makes just these again."""

from landloom.job.integrity import damaged_below
from landloom.job.runner import job

with job(snakemake.log[0]) as log:
    deleted = 0
    for damage in (found for folder in snakemake.params.folders for found in damaged_below(folder)):
        damage.mend()
        deleted += 1
        log.info("%s", damage)
        print(f"repair: deleted {damage.remedy} ({damage.file.name}: {damage.found})")
    told = f"{deleted} deleted; start again to have them made" if deleted else "no file is damaged"
    log.info("%s", told)
    print(f"repair: {told}")
