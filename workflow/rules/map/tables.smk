# The tables of points and polygons that the user names, and a finished model: what of them counts, and
# whether they can be used, which a run is told before its first job.
from landloom.errors import LandloomError
from landloom.legend.classes import class_table

TABLE_COLUMNS = cfg.map.table_columns
VALIDATION = cfg.map.validation
VALIDATION_COLUMNS = VALIDATION and VALIDATION.model_dump(exclude={"table", "draw", "seed"})


def check_labels_table():
    """Refuse a table of labels that cannot be used."""
    from landloom.map.label_check import check_labels
    from landloom.map.label_table import ReferenceTable

    table = ReferenceTable(REFERENCE_TABLE[0], **TABLE_COLUMNS)
    classes = lambda: class_table(LEGEND_ROWS, CLASSES_TABLE)
    check_labels(table, classes, by_group=cfg.map.by_group)


def check_points_table():
    """Refuse a table of reference points that cannot be used."""
    from landloom.map.validation.points import PointFile, check_points

    needed = frozenset(VALIDATION.needed)
    check_points(PointFile(VALIDATION.table, **VALIDATION_COLUMNS, needed=needed))


def check_model():
    """Refuse a finished model that cannot be used."""
    from landloom.map.model.imported import read_model

    read_model(MODEL[0], compares=cfg.map.applicability is not None)


def before_it_is_read(file, rule_name, check):
    """Return what ends a run in which a rule is to read a file of the user's own that is refused."""

    def check_at_start():
        if FILES.made(file) or rule_name not in {name for name, _ in jobs_to_run()}:
            return
        try:
            check()
        except ModuleNotFoundError:
            return  # where jobs have environments of their own, the job tells
        except LandloomError as error:
            sys.exit(f"\n{error}\n")

    return check_at_start


if REFERENCE_TABLE:
    CHECKS_AT_START.append(
        before_it_is_read(REFERENCE_TABLE[0], "reference_points", check_labels_table)
    )

if VALIDATION and VALIDATION.table:
    CHECKS_AT_START.append(before_it_is_read(VALIDATION.table, "validation", check_points_table))

if MODEL:
    CHECKS_AT_START.append(before_it_is_read(MODEL[0], "import_model", check_model))
