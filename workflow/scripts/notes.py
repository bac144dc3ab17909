"""Gather what jobs noted for a reader."""

from pathlib import Path

from landloom.job.files import write_json
from landloom.job.notes import noted
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    results = Path(snakemake.output[0]).parent
    below = {path: Path(path).relative_to(results) for path in map(str, snakemake.input)}
    rows = [
        {
            "product": "map" if below[path].parts[0] in ("map", "years") else "dataset",
            "file": below[path].as_posix(),
            "note": note,
        }
        for path, notes in noted(below).items()
        for note in notes
    ]
    write_json(snakemake.output[0], rows)
    log.info("%d notes", len(rows))
