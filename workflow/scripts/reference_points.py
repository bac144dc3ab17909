"""Choose labelled points from the reference."""

from pathlib import Path

from landloom.classes import class_table
from landloom.coverage import LONLAT, PixelGrid
from landloom.embedding import EmbeddingInfo
from landloom.files import whole_file, write_json
from landloom.job import job
from landloom.landcover_tiles import find_tiles
from landloom.reference import points_from_raster
from landloom.reference_table import points_from_table

with job(snakemake.log[0]) as log:
    p, files = snakemake.params, snakemake.input
    info = EmbeddingInfo.from_json(Path(files.embedding).read_text())
    table = class_table(p.legend, files.classes)
    bounds = PixelGrid.of(info).bounds(LONLAT)
    rasters, missing = find_tiles(p.rasters, bounds, "map.reference.raster")
    if files.table:
        points = points_from_table(
            files.table[0], info, x=p.x, y=p.y, label=p.label, crs=p.crs, table=table
        )
    else:
        points = points_from_raster(rasters, info, p.n_points, p.seed, band=p.band, table=table)
    with whole_file(snakemake.output.points) as draft:
        points.write(draft)
    write_json(snakemake.output.rasters, rasters)
    for tile in missing:
        log.info("%s does not exist: no labels there, as at sea", tile)
    log.info("%s", points.frame.groupby("label").size())
    for note in points.notes:
        log.warning("%s", note)
