"""Make a page of tables for the report."""

from pathlib import Path

import pandas as pd

from landloom.figures.tables import (
    classifier_parts,
    dataset_parts,
    imported_parts,
    map_parts,
    run_parts,
    validation_parts,
    year_parts,
)
from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.years.areas import read_areas
from landloom.pages.look import page_of_parts

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    if files.get("certificate"):
        tiles = pd.read_csv(files.tiles[0]) if files.tiles else None
        classes = pd.read_parquet(files.classes)
        parts = dataset_parts(
            read_json(files.certificate), classes, tiles, read_json(files.likeness)
        )
    elif files.get("cpu"):
        parts = classifier_parts(read_json(files.report), read_json(files.cpu))
    elif files.get("report"):
        report = read_json(files.report)
        parts = imported_parts(report) if "model" in report else map_parts(report)
        if files.get("validation"):
            text = Path(files.validation_text).read_text(encoding="utf-8")
            parts += validation_parts(read_json(files.validation), text)
        for path in files.years:
            parts += year_parts(read_areas(path))
    else:
        parts = run_parts({path: Path(path).read_text(encoding="utf-8") for path in files})
    page = page_of_parts(snakemake.params.title, parts, snakemake.params.world)
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(page, encoding="utf-8")
    log.info("%d parts", len(parts))
