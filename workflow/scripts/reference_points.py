"""Choose labelled points from the reference."""

from pathlib import Path

from landloom.classes import classes_of, read_classes
from landloom.embedding import EmbeddingInfo
from landloom.files import whole_file
from landloom.job import job
from landloom.legends import Entry
from landloom.reference import points_from_raster
from landloom.reference_table import points_from_table

with job(snakemake.log[0]) as log:
    p, files = snakemake.params, snakemake.input
    info = EmbeddingInfo.from_json(Path(files.embedding).read_text())
    legend = {code: Entry(name, color) for code, name, color in p.legend or []}
    table = classes_of(legend) if legend else None
    if files.classes:
        table = read_classes(files.classes[0])
    if files.table:
        points = points_from_table(
            files.table[0], info, x=p.x, y=p.y, label=p.label, crs=p.crs, table=table
        )
    else:
        points = points_from_raster(p.rasters, info, p.n_points, p.seed, band=p.band, table=table)
    with whole_file(snakemake.output[0]) as draft:
        points.write(draft)
    log.info("%s", points.frame.groupby("label").size())
    for note in points.notes:
        log.info("%s", note)
