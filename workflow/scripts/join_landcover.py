"""Choose which addresses serve the land cover, and describe its rasters as one."""

from pathlib import Path

from landloom.copies import keep_folder
from landloom.dataset.landcover_tiles import join_landcover
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.sources.choosing import Wanted, choose_rasters

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.output
    windows = Path(files.windows)
    windows.mkdir(parents=True, exist_ok=True)
    keep_folder(windows)
    wanted = Wanted("dataset.landcover.raster", tuple(p.region), windows, p.margin)
    chosen = choose_rasters(p.rasters, wanted)
    with whole_file(files.vrt) as draft:
        draft.write_text(join_landcover(chosen.rasters), encoding="utf-8")
    write_json(files.served, chosen.served)
    log.info("%d rasters joined", len(chosen.rasters))
    for tile in chosen.missing:
        log.info("%s does not exist: void, as at sea", tile)
