"""Set side by side what is known of how well the map agrees."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.notes import all_noted
from landloom.job.runner import job
from landloom.map.crossval.folds import Folds
from landloom.map.plan import MapPlan
from landloom.map.report.estimates import Findings, map_report
from landloom.map.report.text import report_text

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    more = {
        name: read_json(files.get(name))
        for name in ("validation", "applicability", "calibration")
        if files.get(name)
    }
    crossval = [read_json(path) for path in files.get("crossval", [])]
    tuned = Folds.read(files.tuning[0]).notes if files.get("tuning") else ()
    notes = [*MapPlan.load(files.plan).notes, *(f"folds of the tuning: {note}" for note in tuned)]
    notes += all_noted(files.noted)
    compared = [read_json(path) for path in files.get("compared", [])]
    report = map_report(
        Findings(read_json(files.held_out), crossval, **more, notes=notes, compared=compared)
    )
    text = report_text(report)
    with whole_file(snakemake.output.text) as draft:
        draft.write_text(text, encoding="utf-8")
    write_json(snakemake.output.data, report)
    log.info("%s", text)
