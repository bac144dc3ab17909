"""Prove the dataset's promises on the finished files."""

from pathlib import Path

import geopandas
import pandas as pd

from landloom.dataset.proof.certificate import certify
from landloom.dataset.proof.known import tell_cells, tell_filled, tell_region
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.registration import HeightSource
from landloom.dataset.proof.split_files import SplitFiles
from landloom.errors import LandloomError
from landloom.job.files import read_json, write_json
from landloom.job.notes import all_noted
from landloom.job.runner import job
from landloom.job.versions import versions_of

PACKAGES = ("affine", "geopandas", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "rasterio")
PACKAGES += ("scipy", "shapely", "GDAL", "OpenCV", "PROJ")

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    splits = [
        SplitFiles(name, Path(array), Path(footprints), read_json(counts))
        for name, array, footprints, counts in zip(
            p.splits, files.arrays, files.footprints, files.counts, strict=True
        )
    ]
    tiles = {} if p.elevation else dict(zip(p.tiles, files.elevation, strict=True))
    cells = geopandas.read_file(files.split)
    findings = certify(
        splits,
        cells,
        pd.read_parquet(files.classes),
        p.landcover,
        HeightSource(p.elevation, tiles, p.resampling, p.nodata),
        Promises(p.size, p.downsample, p.buffer_km, p.unknown, dict(p.reject)),
    )
    tell_region(read_json(files.landcover)["region_share"], findings)
    tell_cells(read_json(files.coverage), cells, findings)
    tell_filled(splits, findings)
    earlier = [note for note in all_noted(files) if note not in findings.notes]
    for name, value in findings.measured.items():
        log.info("%s: %s", name, value)
    for note in findings.notes:
        log.warning("%s", note)
    if findings.broken:
        raise LandloomError("the dataset breaks its promises:\n" + "\n".join(findings.broken))
    told = {"green": True, "notes": [*earlier, *findings.notes], **findings.measured}
    write_json(snakemake.output[0], told | {"versions": versions_of(*PACKAGES)})
