# The configuration, as it is given and as it is resolved, and the paths that follow from it.
import re
from functools import cache

from landloom.addresses import hide_within, is_remote, shown
from landloom import copies
from landloom.config.file_lookup import DEMO, FileLookup, made_by_a_rule
from landloom.config.strict_yaml import check_files, read_values
from landloom.config.whole import load_config
from landloom.errors import ConfigError, LandloomError
from landloom.job.notes import notes_file
from landloom.map.table_files import companions
from landloom.raster.behind import files_behind
from landloom.run.stored import Stored
from landloom.sources.catalogue import is_local

OWN_CONFIG = "config/config.yaml"
SHIPPED_CONFIG = workflow.source_path("../../config/config.yaml")
DEFAULT_CONFIG = OWN_CONFIG if Path(OWN_CONFIG).exists() else SHIPPED_CONFIG

# Snakemake takes much for something else in silence, as the second of two equal keys. In a module
# the configuration is a section of another workflow's.
if not is_module():
    CONFIG_FILES = given_config_files() or [DEFAULT_CONFIG]
    if faults := check_files([Path(name).absolute() for name in CONFIG_FILES]):
        sys.exit("\n".join(["", *faults, ""]))

# A file given on the command line replaces the demo's configuration. Were this one read first,
# Snakemake would merge the two, and the demo's sections would stay behind in a stranger's run.
if not given_config_files():

    configfile: DEFAULT_CONFIG


# Where this one maps a further year for another: what that one knows and makes.
YEARS_AROUND = landloom_around()


def is_made(path):
    """Return whether a rule of Landloom's makes a file."""
    around = YEARS_AROUND and (path == YEARS_AROUND["MODEL_FILE"] or YEARS_AROUND["is_made"](path))
    return bool(around) or made_by_a_rule(path, config)


FILES = FileLookup(is_made, moved, shared=is_module())

if is_main_process() and (prefix := prefix_without_store()):
    provider = "gcs" if prefix.startswith(("gs://", "gcs://")) else "s3"
    sys.exit(
        f"\n--default-storage-prefix: {prefix} is of no store, and all would lie in this folder; add "
        f"--profile profiles/{provider}, or --default-storage-provider {provider}: "
        "docs/object-stores.md\n"
    )

# Where copies lie of what is in an object store, for this process and the jobs that it starts.
copies.set_folder(folder_of_copies())
if folder_of_copies() and not is_module():
    remember_stored_files(Stored(is_plain_file))
    if is_main_process() and (refusal := refusal_of_store()):
        sys.exit(
            f"\n--default-storage-prefix: {refusal}; correct the address and the store's endpoint, or "
            "the account in the environment: docs/object-stores.md\n"
        )

try:
    if not is_module():  # Snakemake takes all that is within braces for text
        update_config(config, read_values(given_config_values()))
    cfg = load_config(config, FILES)
except ConfigError as error:
    sys.exit(f"\n{error}\n")

# Snakemake gives the configuration to each script, in a file that a kill may leave behind.
hide_within(config)
# Told before Snakemake begins to plan.
if cfg.dataset and is_main_process() and (note := cfg.dataset.slow_to_plan):
    print(f"\nlandloom: {note}\n", file=sys.stderr, flush=True)

# What has to hold before the first job of a run starts; each ends the run with a message of its own.
CHECKS_AT_START = []

# What the pictures and pages of each product say of the demo's world, where they are made from it.
SYNTHETIC = {
    product: (
        "Synthetic demo world: no place on Earth"
        if cfg.demo
        and any(
            key.startswith(product) and path.startswith(f"{DEMO}/") for key, path, _ in cfg.uses
        )
        else ""
    )
    for product in ("dataset", "map")
}
if YEARS_AROUND:  # which alone knows whether there is a demo
    SYNTHETIC = YEARS_AROUND["SYNTHETIC"]

# The pictures of each product; the rules that make them fill these in.
DATASET_FIGURES = []
MAP_FIGURES = []


wildcard_constraints:
    tile=r"[NS]\d\d[EW]\d{3}",
    split="train|test",
    unit=r"[\w=.+-]+",
    block=r"([a-z0-9]+-)?r\d+-c\d+(x\d+)?",
    zone=r"[a-z0-9]+",
    window=r"(\d|utm)[\w.-]*",


def results(path):
    """Return the path of a file that is made; wildcards stay as they are.

    Snakemake's own `<results>` would not do: a module's prefix moves it even where the folder is an
    absolute one, and the configuration of a workflow around this one may change it unseen.
    """
    return f"{cfg.results}/{path}"


def notes_beside(*paths):
    """Return the files of what jobs note beside some that they make, as outputs or inputs.

    None but where these lie in an object store: elsewhere whoever reads the files finds the notes.
    """
    if not folder_of_copies():
        return []
    return [notes_file(copies.called(path)).as_posix() for path in paths]


def own(path):
    """Return a file as an input: a user's own stays where it is, whatever stores what is made."""
    if not folder_of_copies() or FILES.made(path) or path.startswith(f"{cfg.results}/"):
        return path
    return local(moved(path)) if Path(moved(path)).exists() else path


def not_moved(path):
    """Return a file, which may be made, as an input that no prefix of a module's moves."""
    return path if folder_of_copies() else local(moved(path))


def file_input(path):
    """Return a raster as an input, where it is a file that a job can depend on."""
    return [own(path)] if is_local(path) else []


def file_inputs(paths):
    """Return those of some rasters that are files."""
    return [own(path) for path in paths if is_local(path)]


@cache
def behind(*paths):
    """Return, as inputs, the files that lie behind some rasters: the sources of a VRT, an archive.

    They are no others in a module with a prefix, since it is GDAL that looks for them. To rules that
    open rasters they are `behind`, apart from the rasters' own files.
    """
    found = {}
    for path in paths:
        if is_local(path) or is_remote(path):
            try:
                found |= dict.fromkeys(files_behind(moved(path) if is_local(path) else path))
            except LandloomError as error:
                sys.exit(f"\nconfig: {shown(path)}: {error}\n")
    return [local(file) for file in found]


def beside(*paths):
    """Return, as inputs, the files that belong to some tables: to Shapefiles."""
    found = []
    for path in paths:
        found += [file for file in companions(path) if FILES.made(file)]
        own = [file for file in companions(moved(path)) if Path(file).exists()]
        found += [local(file) for file in own if file not in found]
    return found


# Files behind a raster that each job of a rule of many names; Snakemake takes 0.4 ms for each.
FEW_BEHIND = 50
# Where there are more: these, by what their raster is called.
MANY_BEHIND = {}


def few_for(raster, files):
    """Return the files behind a raster that many jobs of one kind name: of many, what tells of all.

    That is one file, which is made of them. What a rule makes stays.
    """
    own = [file for file in files if not FILES.made(file) and Path(file).exists()]
    if FILES.shared or len(own) <= FEW_BEHIND:
        return files
    MANY_BEHIND[raster] = own
    return [results(f"behind/{raster}.json"), *[file for file in files if FILES.made(file)]]


def opened(path):
    """Return a function for `params`: the raster's path as the job is to open it.

    It follows the input, whose path changes where the workflow is used as a module with a prefix. Of
    a file in an object store it is the name, whose copy is found by what opens it.
    """
    return lambda wildcards, input: copies.called(input.raster) if is_local(path) else path


def opened_all(paths):
    """Return the same for a list of rasters."""

    def in_order(wildcards, input):
        files = iter([input.rasters] if isinstance(input.rasters, str) else input.rasters)
        return [copies.called(next(files)) if is_local(path) else path for path in paths]

    return in_order
