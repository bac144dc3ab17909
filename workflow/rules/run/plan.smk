# What a dry run tells of what would run, for `landloom check`, and whether a run would refuse to start.
from landloom.run.moments import Once, is_after_planning
from landloom.run.planned import Planned, checks_are_wanted, wanted_plan


def refusals():
    """Return what the checks before the first job say, where they would end a run."""
    found = []
    for check in CHECKS_AT_START if checks_are_wanted() else []:
        try:
            check()
        except SystemExit as refusal:
            found.append(str(refusal).strip())
    return found


def memory_to_come(rules_to_run):
    """Return the megabytes of jobs that are planned only while a run lasts, as far as is known."""
    found = {}
    if "plan_map" in rules_to_run:
        found["predict_block"] = memory_of_blocks()
    if "embedding_windows" in rules_to_run:
        found["embedding_window"] = math.ceil(megabytes_of_window())
    return found


def plan_of_run():
    """Return what would run."""
    jobs = list(described_jobs())
    return Planned.of(jobs, memory_to_come({rule for rule, _, _ in jobs}), refusals())


if (PLAN_FILE := wanted_plan()) and is_main_process() and not is_module():
    take_messages(Once(is_after_planning, lambda: plan_of_run().save(PLAN_FILE)))
