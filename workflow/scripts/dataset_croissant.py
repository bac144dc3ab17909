"""Describe the dataset for machines."""

import sys
from pathlib import Path

from landloom.dataset.publish.about import About
from landloom.dataset.publish.croissant import NEEDED, croissant, parts_of
from landloom.job.files import write_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    about = About.load(files, p.told, p.recipe, p.uses)
    parts = parts_of(Path(files.certificate).parent, about)
    write_json(snakemake.output[0], croissant(about, parts))
    log.info("%d files described", len(parts))
    if missing := [f"{key} ({name})" for key, name in NEEDED.items() if not p.told.get(key)]:
        note = f"croissant.json lacks what dataset.publication is to tell: {', '.join(missing)}"
        log.info("%s", note)
        print(note, file=sys.stderr)
