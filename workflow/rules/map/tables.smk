# The tables of points and polygons that the user names: what of them counts, and whether they can be
# used, which a run is told before its first job.
from landloom.errors import LandloomError
from landloom.legend.classes import class_table

TABLE_KEYS = {"x", "y", "label", "crs", "group", "layer", "where", "per_polygon", "seed"}
TABLE_COLUMNS = cfg.map.reference.model_dump(include=TABLE_KEYS)
VALIDATION = cfg.map.validation
VALIDATION_COLUMNS = VALIDATION and VALIDATION.model_dump(exclude={"table", "draw", "seed"})


def is_to_be_read(table, rule_name):
    """Return whether a table of the user's own is read by a job of this run."""
    return not FILES.made(table) and rule_name in {name for name, _ in jobs_to_run()}


def check_table():
    """End a run that is to read a table of labels which cannot be used."""
    if not is_to_be_read(REFERENCE_TABLE[0], "reference_points"):
        return
    try:
        from landloom.map.label_check import check_labels
        from landloom.map.label_table import ReferenceTable
    except ModuleNotFoundError:
        return  # where jobs have environments of their own, the job tells
    try:
        table = ReferenceTable(REFERENCE_TABLE[0], **TABLE_COLUMNS)
        classes = lambda: class_table(LEGEND_ROWS, CLASSES_TABLE)
        check_labels(table, classes, by_group=cfg.map.by_group)
    except LandloomError as error:
        sys.exit(f"\n{error}\n")


def check_reference_points():
    """End a run that is to read a table of reference points which cannot be used."""
    if not is_to_be_read(VALIDATION.table, "validation"):
        return
    try:
        from landloom.map.validation.points import PointFile, check_points
    except ModuleNotFoundError:
        return  # where jobs have environments of their own, the job tells
    columns, needed = VALIDATION_COLUMNS, frozenset(VALIDATION.needed)
    try:
        check_points(PointFile(VALIDATION.table, **columns, needed=needed))
    except LandloomError as error:
        sys.exit(f"\n{error}\n")


if REFERENCE_TABLE:
    CHECKS_AT_START.append(check_table)

if VALIDATION and VALIDATION.table:
    CHECKS_AT_START.append(check_reference_points)
