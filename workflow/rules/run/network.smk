# Whether the hosts can be reached that the jobs of a run need, before the first of them starts.
from landloom.elevation.products import product_address
from landloom.sources.catalogue import alternatives, named
from landloom.run.hosts import Need, addresses_of, is_switched_off, unreachable

# The rules that read rasters wherever these lie, by the key that names the rasters: the first to do so,
# and those after it.
RASTERS_READ = {}

if cfg.dataset:
    RASTERS_READ["dataset.landcover.raster"] = (
        "join_landcover",
        {"inspect_landcover", "extract_cells", "certificate"},
        cfg.dataset.landcover.rasters,
    )
    RASTERS_READ["dataset.elevation.source"] = (
        "join_elevation" if JOINED_ELEVATION else "elevation_mosaic",
        {"elevation_mosaic", "relief_cells", "certificate"},
        ELEVATION.rasters,
    )

if cfg.map:
    RASTERS_READ["map.embedding.raster"] = (
        "inspect_embedding",
        {
            "point_vectors",
            "predict_block",
            "crossval_places",
            "applicability_block",
            "figure_closeup",
            "import_model",
        },
        [] if NAMED_EMBEDDING else cfg.map.embedding.rasters,
    )
    RASTERS_READ["map.reference.raster"] = (
        "reference_points",
        {"figure_closeup", "map_page"},
        REFERENCE_RASTERS,
    )


def tile_is_to_come(tile):
    """Return whether an elevation tile is fetched, and not taken from those that are kept."""
    return ELEVATION.fetched and not Path(ELEVATION.store, f"{tile}.json").exists()


def needs_of_the_run():
    """Return what the jobs of this run are going to fetch."""
    for year in cfg.map.embedding.further_years if cfg.map else []:
        yield from year_module(year).needs_of_the_run()
    jobs = jobs_to_run()
    rules_to_run = {name for name, _ in jobs}
    for key, (chooser, readers, paths) in RASTERS_READ.items():
        for path in paths:
            # Of a public dataset the addresses are chosen by one job, and are kept then.
            concerned = {chooser} if named(path, "landcover") else readers | {chooser}
            if not is_local(path) and concerned & rules_to_run:
                yield Need(key, addresses_of(path))
    if rules_to_run & {"embedding_index", "embedding_windows", "embedding_window"}:
        yield Need("map.embedding.raster", addresses_of(NAMED_EMBEDDING.name))
    for name, wildcards in jobs:
        if name == "download":
            yield Need("downloads", tuple(cfg.download_addresses(wildcards["download"])))
        elif name == "elevation_tile" and tile_is_to_come(wildcards["tile"]):
            product = product_address(ELEVATION.address)
            addresses = (product,) if product else tuple(alternatives(ELEVATION.address))
            yield Need("dataset.elevation.source", addresses)


def check_hosts():
    """End the run where hosts that it needs cannot be reached; one that only touches needs none."""
    if is_switched_off() or only_touches():
        return
    if message := unreachable(needs_of_the_run()):
        sys.exit(f"\n{message}\n")


CHECKS_AT_START.append(check_hosts)
