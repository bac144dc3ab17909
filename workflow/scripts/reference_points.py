"""Choose labelled points from the reference."""

from dataclasses import replace
from pathlib import Path

from landloom.copies import keep_folder
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.legend.legends import for_the_colour_blind
from landloom.map.conflicts import NONE, without_conflicts, write_conflicts
from landloom.map.label_table import ReferenceTable
from landloom.map.reference_raster import ReferenceRaster, points_from_raster
from landloom.map.reference_table import points_from_table
from landloom.map.shares import Shares
from landloom.map.zones import ZonedEmbedding
from landloom.sources.choosing import Wanted, choose_rasters

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    embedding = ZonedEmbedding.load(files.embedding)
    table = class_table(p.legend, files.classes)
    windows = Path(snakemake.output.windows)
    windows.mkdir(parents=True, exist_ok=True)
    keep_folder(windows)
    wanted = Wanted("map.reference.raster", embedding.bounds(), windows)
    chosen = choose_rasters(p.rasters, wanted)
    conflicts = NONE
    if files.table:
        points = points_from_table(ReferenceTable(files.table[0], **p.columns), embedding, table)
        points, conflicts = without_conflicts(points, embedding, p.conflicts)
    else:
        raster = ReferenceRaster(chosen.rasters, p.band, Shares(p.per_class_min, p.allocation))
        points = points_from_raster(raster, embedding, p.n_points, p.seed, table=table)
    if p.palette == "colorblind":
        points = replace(points, classes=for_the_colour_blind(points.classes))
    with whole_file(snakemake.output.points) as draft:
        points.write(draft)
    with whole_file(snakemake.output.conflicts) as draft:
        write_conflicts(conflicts, draft)
    write_json(snakemake.output.rasters, chosen.rasters)
    write_json(snakemake.output.served, chosen.served)
    for tile in chosen.missing:
        log.info("%s does not exist: no labels there, as at sea", tile)
    log.info("%s", points.frame.groupby("label").size())
    for note in points.notes:
        log.warning("%s", note)
