"""Tell what is known of a map that a finished model made."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.notes import all_noted
from landloom.job.runner import job
from landloom.map.plan import MapPlan
from landloom.map.report.imported import imported_report, imported_text

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    found = {
        name: read_json(files.get(name)) if files.get(name) else None
        for name in ("validation", "applicability")
    }
    notes = [*MapPlan.load(files.plan).notes, *all_noted(files.noted)]
    report = imported_report(
        read_json(files.model), notes, **found, of_its_year=snakemake.params.of_its_year
    )
    text = imported_text(report)
    with whole_file(snakemake.output.text) as draft:
        draft.write_text(text, encoding="utf-8")
    write_json(snakemake.output.data, report)
    log.info("%s", text)
