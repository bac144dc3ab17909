# Which files of the user's own a run is made from; `sources.smk` has the rules that look at them.

# The user's own files that each product is made from: what no rule makes, behind rasters, too.
OWN_FILES = {}


def check_own_files_are_reached():
    """End the run where its jobs cannot read the user's own files, which lie on this machine."""
    if not folder_of_copies() or jobs_see_this_machine():
        return
    own_ones = dict.fromkeys(path for paths in OWN_FILES.values() for path in paths)
    if here := [path for path in own_ones if Path(path).exists()]:
        named = ", ".join(here[:5]) + (f" and {len(here) - 5} more" if len(here) > 5 else "")
        sys.exit(
            f"\n--shared-fs-usage: jobs are to share no files with this machine, and {named} of this "
            "run lie on it; name rasters by addresses that jobs can read (s3://...), or let jobs "
            "share input-output\n"
        )


CHECKS_AT_START.append(check_own_files_are_reached)


def own_records(product):
    """Return the record of a product's own files, where it has any."""
    return [results(f"{product}/inputs.sha256")] if OWN_FILES.get(product) else []


def not_made(paths):
    """Return those of some files that are the user's own."""
    return [path for path in paths if not FILES.made(path)]


# Where the products of a map's years lie: those of the main one as of a map without years.
YEAR_FOLDERS = [
    "",
    *(f"years/{year}/" for year in (cfg.map.embedding.further_years if cfg.map else [])),
]


def of_each_year(path):
    """Return a file of the map of each year."""
    return [results(f"{folder}{path}") for folder in YEAR_FOLDERS]
