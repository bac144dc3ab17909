"""Find out which tiles of a public embedding a region touches, and which part of each."""

from landloom.job.runner import job
from landloom.map.named.datasets import windows_of
from landloom.map.named.windows import write_windows
from landloom.sources.catalogue import named

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    source, pause = named(p.dataset, "embedding"), snakemake.resources.pause
    windows = windows_of(source, p.region, snakemake.input.index, pause)
    for window in windows:
        log.info("%s: %d x %d pixels", window.name, *reversed(window.box.shape))
    write_windows(snakemake.output[0], p.dataset, windows)
