"""Make the page on which the map can be browsed."""

from landloom.figures.page import LIMIT, Layers, map_page
from landloom.figures.view import (
    full_legend,
    points_on,
    reference_on,
    value_counts,
    values_in,
    view,
)
from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.legend.classes import class_table
from landloom.map.left_out import LeftOut
from landloom.map.plan import MapPlan
from landloom.map.points import Points

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    reference = points = None
    table = class_table(p.legend, files.classes)
    landcover = view(files.landcover, LIMIT)
    if files.samples:
        samples = MapPlan.load(files.plan).place(Points.read(files.samples))
        rasters = read_json(files.reference)
        if rasters:
            reference = reference_on(landcover.grid, rasters, p.band, table)
        else:
            reference, points = points_on(landcover.grid, samples), samples
        left_out = samples.left_out
    else:
        left_out = LeftOut.of(read_json(files.model)["left_out"])
    page = map_page(
        Layers(
            landcover=landcover,
            confidence=view(files.confidence[0], LIMIT).pixels if files.confidence else None,
            reference=reference,
            points=points,
            legend=full_legend(read_classes(files.legend), table, values_in(reference)),
            counts=value_counts(files.landcover),
            left_out=left_out,
            world=p.world,
            kind=p.kind or read_json(files.model)["kind"],
        )
    )
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(page, encoding="utf-8")
    log.info("%d x %d pixels shown, 1 of %d", *landcover.pixels.shape, landcover.step)
    log.info("%.1f MB", len(page.encode()) / 1e6)
