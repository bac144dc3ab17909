"""Make the first page of a run, which leads to all that it made."""

from pathlib import Path

from landloom.job.files import read_json, whole_file
from landloom.job.notes import FOLDER as NOTES
from landloom.job.runner import job
from landloom.pages.index import Run, index_page

with job(snakemake.log[0], reads=snakemake.input.told, writes=snakemake.output) as log:
    p, told = snakemake.params, snakemake.input.told
    folder = Path(snakemake.output[0]).parent
    made = sorted({Path(path) for path in snakemake.input if f"/{NOTES}/" not in path})
    content = {Path(path).relative_to(folder).as_posix(): read_json(path) for path in told}
    page = index_page(
        Run(
            files={path.relative_to(folder).as_posix(): path.stat().st_size for path in made},
            certificate=content.get("dataset/certificate.json"),
            likeness=content.get("dataset/autocorrelation.json"),
            report=content.get("map/report.json"),
            notes=content["notes.json"],
            world=p.world,
        )
    )
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(page, encoding="utf-8")
    log.info("%d files", len(made))
