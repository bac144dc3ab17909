# What a dry run tells of what would run, for `landloom check`, and whether a run would refuse to start.
from landloom.run.durations import time_left
from landloom.run.moments import Once, is_after_planning
from landloom.run.planned import RunPlan, ToCome, checks_are_wanted, wanted_plan


def refusals():
    """Return what the checks before the first job say, where they would end a run."""
    found = []
    for check in CHECKS_AT_START if checks_are_wanted() else []:
        try:
            check()
        except SystemExit as refusal:
            found.append(str(refusal).strip())
    return found


def kinds_to_come(rules_to_run, all_jobs):
    """Return the kinds of jobs that are planned only while a run lasts, as far as is known."""
    found = []
    if "plan_map" in rules_to_run:
        blocks = sum(job.rule == "predict_block" for job in all_jobs)
        found.append(ToCome("predict_block", blocks or None, memory_of_blocks()))
    if "embedding_windows" in rules_to_run:
        found.append(ToCome("embedding_window", None, math.ceil(megabytes_of_window())))
    return found


def plan_of_run():
    """Return what would run, and how long it would take."""
    described = list(described_jobs())
    all_jobs = Planned().jobs()
    cores, downloads = at_once()
    to_come = kinds_to_come({of_any_year(rule) for rule, _, _ in described}, all_jobs)
    seconds = time_left(all_jobs, cores, downloads=downloads)
    return RunPlan.of(described, to_come, refusals(), seconds)


if (PLAN_FILE := wanted_plan()) and is_main_process() and not is_module():
    take_messages(Once(is_after_planning, lambda: plan_of_run().save(PLAN_FILE)))
