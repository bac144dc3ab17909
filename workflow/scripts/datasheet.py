"""Describe the dataset for people."""

import sys

from landloom.dataset.publish.about import About
from landloom.dataset.publish.datasheet import datasheet, open_questions
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    about = About.load(snakemake.input, p.told, p.recipe, p.uses)
    sheet = datasheet(about)
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(sheet, encoding="utf-8")
    note = f"{open_questions(sheet)} questions of the datasheet are open"
    log.info("%s", note)
    print(f"{note}: dataset.publication answers some, the others are yours", file=sys.stderr)
