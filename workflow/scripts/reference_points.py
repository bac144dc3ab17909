"""Choose labelled points from the reference."""

from dataclasses import replace
from pathlib import Path

from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.legend.legends import for_the_colour_blind
from landloom.map.reference_raster import ReferenceRaster, points_from_raster
from landloom.map.reference_table import ReferenceTable, points_from_table
from landloom.map.zones import ZonedEmbedding
from landloom.sources.choosing import Wanted, choose_rasters

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    embedding = ZonedEmbedding.load(files.embedding)
    table = class_table(p.legend, files.classes)
    windows = Path(snakemake.output.windows)
    windows.mkdir(parents=True, exist_ok=True)
    wanted = Wanted("map.reference.raster", embedding.bounds(), windows)
    chosen = choose_rasters(p.rasters, wanted)
    if files.table:
        reference = ReferenceTable(files.table[0], p.x, p.y, p.label, p.crs, p.group)
        points = points_from_table(reference, embedding, table)
    else:
        raster = ReferenceRaster(chosen.rasters, p.band)
        points = points_from_raster(raster, embedding, p.n_points, p.seed, table=table)
    if p.palette == "colorblind":
        points = replace(points, classes=for_the_colour_blind(points.classes))
    with whole_file(snakemake.output.points) as draft:
        points.write(draft)
    write_json(snakemake.output.rasters, chosen.rasters)
    write_json(snakemake.output.served, chosen.served)
    for tile in chosen.missing:
        log.info("%s does not exist: no labels there, as at sea", tile)
    log.info("%s", points.frame.groupby("label").size())
    for note in points.notes:
        log.warning("%s", note)
