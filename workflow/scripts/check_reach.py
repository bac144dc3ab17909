"""Refuse pixels so large that elevation tiles could have been missed."""

from landloom.dataset.landcover import LandcoverInfo, check_reach
from landloom.job.files import write_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    info = LandcoverInfo.load(snakemake.input.landcover)
    needed = check_reach(info.lattice(p.size, p.downsample), info.region, p.reach)
    write_json(snakemake.output[0], {"needed_metres": needed, "planned_metres": p.reach})
    log.info(
        "a patch reaches %.0f m from its centre; tiles were planned for %.0f m", needed, p.reach
    )
